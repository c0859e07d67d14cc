// Names in DNS messages that are made to cost much: the same names whether places are remembered or not, and bounded work.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "dissect/dissection.hpp"
#include "dissect/protocols/dns_name.hpp"
#include "unit/catch.hpp"

using namespace wiretail::dissect;
using dns::Name;
using dns::Names;

namespace {

constexpr uint64_t kImpatient = 0, kPatient = UINT64_MAX;
constexpr std::string_view kLoops = "<Name contains a pointer that loops>", kTooLong = "<Name too long>";

struct Message {
  explicit Message(std::string content) : bytes(std::move(content)) {}
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(bytes.data()); }
  uint32_t size() const { return static_cast<uint32_t>(bytes.size()); }
  std::string bytes;
};

std::string pointer(size_t target) { return {static_cast<char>(0xc0 | target >> 8), static_cast<char>(target)}; }
std::string label(std::string_view text) { return static_cast<char>(text.size()) + std::string(text); }

// Everything that a name says.
std::string told(const Name& n) {
  std::string out = std::to_string(n.end) + (n.good ? " good " : n.wrong ? " wrong " : " lacks ");
  return n.good ? out + std::string(n.text) + ' ' + std::to_string(n.length) + ' ' + std::to_string(n.labels) : out + std::to_string(n.lacks);
}

// Names are the same at all places, in whatever order they are read.
void check_same(const Message& m, std::mt19937& random) {
  Arena arena;
  Names remembering(arena, m.data(), m.size(), kImpatient);
  const auto places = m.size() + 3;
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < places; ++i) order.push_back(i);
  std::shuffle(order.begin(), order.end(), random);
  remembering.at(0);
  for (uint32_t place : order) {
    INFO("place " << place);
    const std::string plain = told(Names(arena, m.data(), m.size(), kPatient).at(place));
    const Name name = remembering.at(place);
    if (name.text != Names::kNotShown) REQUIRE(told(name) == plain);
    else REQUIRE(plain.find("good") != std::string::npos);
  }
}

// For a name at every `step` bytes.
uint64_t work_of(const Message& m, uint32_t step, Arena& arena, uint64_t patience) {
  Names names(arena, m.data(), m.size(), patience);
  for (uint32_t place = 0; place < m.size(); place += step) {
    names.at(place);
    if (names.work() > 1'000 * uint64_t{m.size()}) break;
  }
  return names.work();
}

}  // namespace

TEST_CASE("a name is the same from what is remembered of its places") {
  std::mt19937 random(7);
  auto any = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (int round = 0; round < 400; ++round) {
    INFO("round " << round);
    std::string bytes;
    const size_t size = 1 + any(round % 4 ? 60 : 700);
    while (bytes.size() < size) {
      switch (any(6)) {
        case 0: bytes += '\0'; break;
        case 1: case 2: bytes += pointer(any(size + 4)); break;
        case 3: bytes += static_cast<char>(any(256)); break;
        default: {
          std::string text(1 + any(any(4) ? 4 : 63), 'x');
          for (char& c : text) c = static_cast<char>(any(4) ? 'a' + any(26) : any(256));
          bytes += label(text);
        }
      }
    }
    check_same(Message(bytes), random);
  }
}

TEST_CASE("chains of pointers") {
  std::mt19937 random(1);
  // Forward, each to the next, and at last a name.
  std::string forward;
  for (size_t i = 0; i < 200; ++i) forward += pointer(2 * i + 2);
  Message whole(forward + label("end") + '\0');
  check_same(whole, random);
  Arena arena;
  for (uint64_t patience : {kImpatient, kPatient}) {
    Names names(arena, whole.data(), whole.size(), patience);
    names.at(10);
    CHECK(told(names.at(0)) == "2 good end 3 1");
    CHECK(told(names.at(398)) == "400 good end 3 1");
    CHECK(names.at(whole.size()).lacks == whole.size());
  }
  // Through 255 pointers a name is read, through one more it loops (tshark 4.0.17).
  std::string far;
  for (size_t i = 0; i < 300; ++i) far += pointer(2 * i + 2);
  Message chain(far + label("end") + '\0');
  check_same(chain, random);
  for (uint64_t patience : {kImpatient, kPatient}) {
    Names names(arena, chain.data(), chain.size(), patience);
    names.at(300);
    CHECK(told(names.at(600 - 2 * 255)) == "92 good end 3 1");
    CHECK(told(names.at(600 - 2 * 256)) == "90 good " + std::string(kLoops) + " 36 1");
  }
  Message nowhere(far + pointer(16'000));
  check_same(nowhere, random);
  CHECK(!Names(arena, nowhere.data(), nowhere.size()).at(602 - 2 * 255).good);
  CHECK(Names(arena, nowhere.data(), nowhere.size()).at(602 - 2 * 256).text == kLoops);
  std::string narrow;
  for (size_t i = 0; i < 200; ++i) narrow += static_cast<char>(i + 1 < 64 ? 0xc0 + i + 1 : 0xc0);
  check_same(Message(narrow + std::string(60, '\0')), random);
  // Round and round, entered by a label, by a pointer, in the middle.
  Message round(label("a") + label("b") + pointer(9) + '\0' + '\0' + '\0' + label("c") + pointer(0));
  check_same(round, random);
  for (uint64_t patience : {kImpatient, kPatient}) {
    Names names(arena, round.data(), round.size(), patience);
    names.at(2);
    CHECK(told(names.at(0)) == "6 good " + std::string(kLoops) + " 36 1");
    CHECK(names.at(9).end == 13);
    CHECK(told(names.at(6)) == "7 good <Root> 6 1");
  }
}

TEST_CASE("long names, at the bound and beyond") {
  std::mt19937 random(1);
  Arena arena;
  // 253 bytes with the dots between labels are a name, 254 are not, however the letters are written (tshark 4.0.17).
  for (char letter : {'x', '\1', '\7', '\xe4'})
    for (size_t last : {size_t{61}, size_t{62}}) {
      INFO(static_cast<int>(letter) << ' ' << last);
      std::string bytes;
      for (size_t i = 0; i < 3; ++i) bytes += label(std::string(63, letter));
      Message m(bytes + label(std::string(last, letter)) + std::string(2, '\0') + pointer(0));
      check_same(m, random);
      const size_t wide = letter == 'x' ? 1 : letter == '\7' ? 2 : letter == '\1' ? 4 : 3;
      for (uint64_t patience : {kImpatient, kPatient}) {
        Names names(arena, m.data(), m.size(), patience);
        names.at(0);
        const Name name = names.at(m.size() - 2);
        CHECK(name.end == m.size());
        CHECK((name.text == kTooLong) == (last == 62));
        CHECK(name.text.size() == (last == 61 ? 250 * wide + 3 : kTooLong.size()));
        CHECK(name.length == (last == 61 ? 253 : kTooLong.size()));
        CHECK(names.at(64).text.size() == (126 + last) * wide + 2);
        CHECK(names.at(64).labels == 3);
      }
    }
  // What is too long still may run out of the message, or loop.
  std::string bytes;
  for (size_t i = 0; i < 20; ++i) bytes += label(std::string(63, 'x'));
  for (const std::string& tail : {std::string("\x40"), pointer(16'000), pointer(0)}) {
    Message m(bytes + tail);
    check_same(m, random);
    const Name name = Names(arena, m.data(), m.size()).at(0);
    CHECK(name.good == (tail == pointer(0)));
    if (name.good) CHECK(name.text == kLoops);
  }
}

TEST_CASE("the work for a message's names is bounded by its size, and so is their text") {
  constexpr size_t kSize = 65'000;
  Arena arena;
  struct Case {
    const char* what;
    std::string bytes;
    uint32_t step;
    uint64_t most = 16;     // work for each byte
    bool wasteful = true;   // to follow each name would be much more
    std::string_view last = {};  // the text of the last name
  };
  std::vector<Case> cases;
  // Each pointer leads to the next.
  std::string chain;
  while (chain.size() < 16'000) chain += pointer(chain.size() + 2);
  chain += label("end") + std::string(2, '\0');
  while (chain.size() < kSize) chain += pointer(16'000 - 2 * 250);
  cases.push_back({"a chain", chain, 2, 16, true, "end"});
  // All of them lead to one name of 8,000 labels …
  std::string longest;
  while (longest.size() < 16'000) longest += label("x");
  longest += '\0';
  while (longest.size() < kSize) longest += pointer(2 * (longest.size() % 100));
  cases.push_back({"a long name", longest, 1, 16, true, kTooLong});
  // … or start names of 240 letters, all different …
  std::string many;
  for (int i = 0; i < 120; ++i) many += label(std::string(1, static_cast<char>('a' + i % 26)));
  many += '\0';
  const size_t head = many.size();
  while (many.size() < kSize) many += label("q") + pointer(2 * ((many.size() - head) / 4 % 5));
  cases.push_back({"different long names", many, 1, 64, false});
  // … or round and round.
  std::string circle;
  while (circle.size() < 12'000) circle += label("abc") + pointer((circle.size() + 4'000) / 6 * 6 % 12'000);
  while (circle.size() < kSize) circle += pointer(circle.size() % 1'000 * 12);
  cases.push_back({"a circle", circle, 2});
  std::string wheel;
  while (wheel.size() < 16'000) wheel += label("a");
  cases.push_back({"a circle of labels", wheel + pointer(0) + std::string(kSize - wheel.size() - 2, '\0'), 2});
  // No pointer at all: labels that hide the records that follow, so that each name is the rest of the message.
  std::string hidden;
  while (hidden.size() + 11 < kSize) hidden += label(std::string(10, 'h'));
  cases.push_back({"one name behind another", hidden + '\0', 11});
  // Labels of all lengths that end at the same places.
  std::string nested;
  while (nested.size() + 64 < 16'000) {
    for (int n = 63; n > 0; --n) nested += static_cast<char>(n);
    nested += '\0';
  }
  for (size_t i = 0; nested.size() < kSize; i += 1) nested += pointer(i % 15'000);
  cases.push_back({"labels within labels", nested, 1, 16, false});
  for (const Case& c : cases) {
    INFO(c.what);
    arena.reset();
    Message m(c.bytes);
    REQUIRE(m.size() > 60'000);
    REQUIRE(m.size() < 65'536);
    const uint64_t work = work_of(m, c.step, arena, 8 * uint64_t{m.size()});
    CHECK(work > m.size());
    CHECK(work < c.most * m.size());
    CHECK(arena.taken() < (Names::kTextPerByte + 40) * m.size());
    if (c.wasteful) CHECK(work_of(m, c.step, arena, kPatient) > 4 * c.most * m.size());  // that is what it would be
    if (!c.last.empty()) CHECK(Names(arena, m.data(), m.size()).at(m.size() - 2).text == c.last);
  }
}

TEST_CASE("names of 255 bytes are all shown, and where text is left out the name says so") {
  // Owner and content of each record: a label of their own before 250 bytes that all share.
  std::string bytes;
  for (int i = 0; i < 125; ++i) bytes += label("a");
  bytes += '\0';
  const size_t first = bytes.size();
  while (bytes.size() < 65'000) bytes += label("xy") + pointer(4) + std::string(10, '\0') + label("z") + pointer(2);
  Message m(bytes);
  Arena arena;
  Names names(arena, m.data(), m.size());
  size_t count = 0;
  for (size_t at = first; at + 19 <= m.size(); at += 19, ++count) {
    REQUIRE(names.at(static_cast<uint32_t>(at)).text.size() == 2 + 1 + 2 * 123 - 1);
    REQUIRE(names.at(static_cast<uint32_t>(at) + 15).text.size() == 1 + 1 + 2 * 124 - 1);
  }
  CHECK(count > 3'000);
  // Of names whose letters are written as four not all are.
  std::string more;
  for (int i = 0; i < 3; ++i) more += label(std::string(63, '\1'));
  more += '\0';
  const auto after = static_cast<uint32_t>(more.size());
  while (more.size() < 65'000) more += pointer(0);
  Message n(more);
  Names longer(arena, n.data(), n.size());
  uint64_t text = 0, left_out = 0;
  for (uint32_t at = after; at + 2 <= n.size(); at += 2) {
    const Name name = longer.at(at);
    CHECK(name.end == at + 2);
    CHECK(name.length == 191);
    CHECK(name.labels == 3);
    if (name.text == Names::kNotShown) {
      ++left_out;
    } else {
      text += name.text.size();
      CHECK(left_out == 0);
    }
  }
  CHECK(left_out > 20'000);
  CHECK(text > Names::kTextPerByte * n.size() - 1000);
  CHECK(text <= Names::kTextPerByte * n.size());
}
