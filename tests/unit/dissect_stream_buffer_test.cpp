// What a unit's buffer holds, and which memory goes on to the next unit.
#include "dissect/connections/stream_buffer.hpp"

#include <string>

#include "unit/catch.hpp"

using namespace wiretail::dissect;

TEST_CASE("a unit that is done leaves its list's memory to the next one, not its bytes'") {
  SpareBuffers spare;
  auto unit = spare.take();
  const std::vector<uint8_t> data(1448, 'x');
  unit->begin(1, {});
  REQUIRE(unit->add(0, data, 1));
  CHECK(unit->takes(1449));
  spare.keep(std::move(unit));  // it still has its bytes: freed
  unit = spare.take();
  CHECK(unit->pieces.capacity() == 0);
  unit->begin(1, {});
  REQUIRE(unit->add(0, data, 1));
  const std::vector<uint8_t> taken = std::move(unit->bytes);
  StreamBuffer* const second = unit.get();
  spare.keep(std::move(unit));
  unit = spare.take();
  REQUIRE(unit.get() == second);
  unit->begin(77, {});
  CHECK(unit->pieces.empty());
  CHECK(unit->pieces.capacity() > 0);
  CHECK(unit->contiguous == 0);
  CHECK(!unit->takes(1449));
}

TEST_CASE("a buffer keeps a unit's first bytes and those where it resumes") {
  StreamBuffer b;
  const std::string text = "0123456789abcdefghijklmnopqrstuv";
  auto bytes = [&](size_t from, size_t to) { return Bytes{reinterpret_cast<const uint8_t*>(text.data()) + from, to - from}; };
  auto kept = [&] { return std::string(b.bytes.begin(), b.bytes.end()); };
  b.begin(1, {});
  b.wait({Pdu::Kind::kNeed, 0, 4, 12});
  REQUIRE(b.add(0, bytes(0, 10), 1));
  CHECK(kept() == "0123");
  CHECK(b.contiguous == 10);
  CHECK(b.counted(10) == 6);
  REQUIRE(b.add(16, bytes(16, 20), 2));  // behind a gap
  REQUIRE(b.add(10, bytes(10, 16), 3));
  CHECK(b.contiguous == 20);
  CHECK(kept() == "0123cdefghij");
  CHECK(b.counted(20) == 8);
  b.wait({Pdu::Kind::kNeed, 0, 4, 18});
  CHECK(kept() == "0123ij");
  b.wait({Pdu::Kind::kNeed, 0, 4, 30});
  CHECK(kept() == "0123");
  REQUIRE(b.add(20, bytes(20, 32), 4));
  CHECK(kept() == "0123uv");
  CHECK(b.extent == 32);
}
