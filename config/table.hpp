// One table of a TOML file while it is read: keys are taken off by name and type, every mismatch becomes a problem with its
// place, and what was not taken at the end is a key that does not exist. Used by reading.cpp alone.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1  // the packaged library has the throwing form only
#include <toml++/toml.h>

#include "config/config.hpp"

namespace wiretail::config {

// Letters to change, add or take away between two names.
size_t edit_distance(std::string_view a, std::string_view b);

// One table of the file: takes its keys off, complains about what is left.
class Table {
 public:
  Table(const toml::table& table, std::string name, const std::string& file, std::vector<Problem>& problems)
      : table_(table), name_(std::move(name)), file_(file), problems_(problems) {}

  ~Table() {
    for (const auto& [key, node] : table_) {
      std::string text(key.str());
      if (std::find(known_.begin(), known_.end(), text) != known_.end()) continue;
      std::string near;
      size_t best = 4;
      for (const auto& k : known_)
        if (size_t d = edit_distance(text, k); d < best) best = d, near = k;
      std::string all;
      for (const auto& k : known_) all += (all.empty() ? "" : ", ") + k;
      add(key.source(), text, "there is no key \"" + text + "\" in " + name_, near.empty() ? "the keys are " + all : "did you mean \"" + near + "\"?");
    }
  }

  const toml::node* take(const char* key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  void text(const char* key, std::string& out) {
    if (const auto* n = take(key)) {
      if (auto v = n->value_exact<std::string>()) out = *v;
      else wrong(*n, key, "a string");
    }
  }
  void boolean(const char* key, bool& out) {
    if (const auto* n = take(key)) {
      if (auto v = n->value_exact<bool>()) out = *v;
      else wrong(*n, key, "true or false");
    }
  }
  void number(const char* key, uint64_t& out, uint64_t least, uint64_t most) {
    if (const auto* n = take(key)) {
      auto v = n->value_exact<int64_t>();
      if (!v) return wrong(*n, key, "a whole number");
      if (*v < 0 || static_cast<uint64_t>(*v) < least || static_cast<uint64_t>(*v) > most)
        return add(n->source(), key, "must lie between " + std::to_string(least) + " and " + std::to_string(most), "");
      out = static_cast<uint64_t>(*v);
    }
  }
  void size(const char* key, uint64_t& out, uint64_t least = 0, uint64_t most = UINT64_MAX) {
    if (const auto* n = take(key)) {
      auto v = n->value_exact<std::string>();
      uint64_t bytes = 0;
      if (!v || !parse_size(*v, bytes)) return add(n->source(), key, "is not a size", "write a string with a unit: \"64MiB\", \"512KiB\"");
      if (bytes < least) return add(n->source(), key, "must be at least " + std::to_string(least) + " bytes", "");
      if (bytes > most) return add(n->source(), key, "must be at most " + size_text(most), "");
      out = bytes;
    }
  }
  void duration(const char* key, uint64_t& out, uint64_t least = 0, uint64_t most = 366ull * 86'400'000) {
    if (const auto* n = take(key)) {
      auto v = n->value_exact<std::string>();
      uint64_t ms = 0;
      if (!v || !parse_duration(*v, ms)) return add(n->source(), key, "is not a duration", "write a string with a unit: \"200ms\", \"30s\", \"5m\", \"1h\"");
      if (ms < least) return add(n->source(), key, "must be at least " + std::to_string(least) + "ms", "");
      if (ms > most) return add(n->source(), key, "must be at most " + std::to_string(most / 1000) + "s", "");
      out = ms;
    }
  }
  void texts(const char* key, std::vector<std::string>& out) {
    const auto* n = take(key);
    if (!n) return;
    if (auto one = n->value_exact<std::string>()) {
      out = {*one};
      return;
    }
    const auto* array = n->as_array();
    if (!array) return wrong(*n, key, "a string or an array of strings");
    out.clear();
    for (const auto& element : *array) {
      if (auto v = element.value_exact<std::string>()) out.push_back(*v);
      else wrong(element, key, "an array of strings");
    }
  }
  void add(const toml::source_region& where, std::string key, std::string message, std::string hint) {
    problems_.push_back({file_, where.begin.line, where.begin.column, std::move(key), std::move(message), std::move(hint)});
  }
  void wrong(const toml::node& node, const char* key, const char* wanted) { add(node.source(), key, std::string("must be ") + wanted, ""); }
  const toml::table& table() const { return table_; }

 private:
  static std::string size_text(uint64_t bytes) { return bytes % (1 << 20) == 0 ? std::to_string(bytes >> 20) + "MiB" : bytes % 1024 == 0 ? std::to_string(bytes >> 10) + "KiB" : std::to_string(bytes) + " bytes"; }
  const toml::table& table_;
  std::string name_;
  const std::string& file_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;
};

}  // namespace wiretail::config
