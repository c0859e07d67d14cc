// What is remembered of SCTP associations has ceilings, and what is pushed out is counted.
#include "dissect/connections/sctp_associations.hpp"

#include <string>
#include <vector>

#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

const SctpMessage* add(SctpAssociations& known, uint32_t tag, uint16_t number, uint32_t tsn, bool begins, bool ends, const std::string& text, uint64_t frame) {
  SctpPiece piece;
  piece.tsn = tsn, piece.begins = begins, piece.ends = ends, piece.frame = frame;
  return known.add(known.half(1, tag), 1, number, false, std::move(piece), {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string text_of(const SctpMessage& m) { return {m.bytes.begin(), m.bytes.end()}; }

}  // namespace

TEST_CASE("fragments of an SCTP message are put together in any order, and only they") {
  SctpAssociations known;
  CHECK_FALSE(add(known, 7, 5, 10, true, false, "one ", 1));
  CHECK_FALSE(add(known, 7, 5, 12, false, true, "three", 2));
  CHECK_FALSE(add(known, 8, 5, 11, false, false, "another association ", 3));
  CHECK_FALSE(add(known, 7, 6, 11, false, false, "another message ", 4));
  const SctpMessage* whole = add(known, 7, 5, 11, false, false, "two ", 5);
  REQUIRE(whole);
  CHECK(text_of(*whole) == "one two three");
  REQUIRE(whole->pieces.size() == 3);
  CHECK(whole->pieces[1].frame == 5);
  known.begin();
  CHECK_FALSE(add(known, 7, 5, 13, true, false, "a", 6));  // the stream's number may come again
  CHECK_FALSE(add(known, 7, 5, 15, false, true, "c", 7));  // a gap
  CHECK(known.evicted_messages() == 0);
}

TEST_CASE("a number that comes again is told, of the same direction alone") {
  SctpAssociations known;
  CHECK(known.first_of(1, 7, 100, 1, {5, 0}).frame == 1);
  CHECK(known.first_of(1, 7, 100, 9, {6, 0}).frame == 1);
  CHECK(known.first_of(1, 7, 100, 10, {6, 0}).time.seconds == 5);
  CHECK(known.first_of(1, 8, 100, 11, {6, 0}).frame == 11);
  CHECK(known.first_of(2, 7, 100, 12, {6, 0}).frame == 12);
}

TEST_CASE("the memory of SCTP associations has ceilings") {
  SctpAssociations known;
  const std::string piece(60'000, 'x');
  for (uint32_t i = 0; i < 2000; ++i) CHECK_FALSE(add(known, i, 1, 1, true, false, piece, i + 1));
  CHECK(known.evicted_messages() > 1900);  // 4 MiB hold less than 70
  for (uint32_t i = 0; i < 5000; ++i) add(known, 1, static_cast<uint16_t>(i), i, true, false, "x", i + 3000);
  CHECK(known.evicted_messages() >= 5000 - 1024 + 1900);
  const uint64_t before = known.evicted_messages();
  for (uint32_t i = 0; i < 5000; ++i) add(known, 1, 9, 2 * i, false, false, "x", i + 9000);  // one message of very many pieces
  CHECK(known.evicted_messages() > before);
  for (uint32_t i = 0; i < 100'000; ++i) known.first_of(1, i, i, i + 1, {});
  CHECK(known.evicted_numbers() > 60'000);
  for (uint32_t i = 0; i < 100'000; ++i) known.half(i, i);
  CHECK(known.evicted_halves() > 90'000);
  // What was seen last is there.
  CHECK(known.first_of(1, 99'999, 99'999, 200'000, {}).frame == 100'000);
}
