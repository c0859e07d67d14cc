// SHA-1 of one block: RFC 3174's and FIPS 180's examples, and the processor's instructions beside the portable way.
#include <cstring>
#include <random>
#include <string>

#include "dissect/connections/sha1.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;

namespace {

template <class Digest>
std::string hex_of(Digest digest, std::string_view text) {
  uint8_t out[20];
  digest(reinterpret_cast<const uint8_t*>(text.data()), text.size(), out);
  std::string hex;
  for (uint8_t byte : out) hex += "0123456789abcdef"[byte >> 4], hex += "0123456789abcdef"[byte & 15];
  return hex;
}

}  // namespace

TEST_CASE("SHA-1 of one block is that of the standard") {
  for (auto digest : {sha1, sha1_portable}) {
    CHECK(hex_of(digest, "abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex_of(digest, "a") == "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8");
    CHECK(hex_of(digest, "") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  }
}

TEST_CASE("SHA-1 by instructions and without are the same") {
  std::mt19937 random(3);
  for (int i = 0; i < 2'000; ++i) {
    std::string text(random() % (kSha1Most + 1), '\0');
    for (char& c : text) c = static_cast<char>(random());
    REQUIRE(hex_of(sha1, text) == hex_of(sha1_portable, text));
  }
}
