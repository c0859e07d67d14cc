// What a stream's buffer holds, and gives back.
#include "dissect/connections/stream_buffer.hpp"

#include "unit/catch.hpp"

using namespace wiretail::dissect;

TEST_CASE("a unit that is given up gives its memory back") {
  StreamBuffer b;
  const std::vector<uint8_t> data(1448, 'x');
  b.begin(1, {});
  REQUIRE(b.add(0, data, 1));
  CHECK(b.bytes.capacity() >= 1448);
  b.release();
  CHECK(!b.open);
  CHECK(b.bytes.capacity() == 0);
  CHECK(b.pieces.capacity() == 0);
}
