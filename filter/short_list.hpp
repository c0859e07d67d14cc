// Lists of the trees' nodes. A set written out is thousands of nodes, each with one constant and nothing else, so a node has
// no room for what it seldom holds. Like std::vector in what they offer; no iterator outlives a change.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace wiretail::filter {

// One value most of the time: it stands here, several stand in a vector.
template <class T>
class OneOrMany {
 public:
  OneOrMany() {}
  OneOrMany(std::initializer_list<T> values) {
    for (const T& v : values) push_back(v);
  }
  OneOrMany(std::vector<T> values) {
    if (values.size() > 1) many_ = new std::vector<T>(std::move(values)), several_ = true;
    else if (!values.empty()) push_back(std::move(values[0]));
  }
  OneOrMany(const OneOrMany& other) { copy(other); }
  OneOrMany(OneOrMany&& other) noexcept { take(other); }
  OneOrMany& operator=(const OneOrMany& other) {
    if (this != &other) clear(), copy(other);
    return *this;
  }
  OneOrMany& operator=(OneOrMany&& other) noexcept {
    if (this != &other) clear(), take(other);
    return *this;
  }
  ~OneOrMany() { clear(); }

  size_t size() const { return several_ ? many_->size() : one_there_; }
  bool empty() const { return !several_ && !one_there_; }
  const T* begin() const { return several_ ? many_->data() : &one_; }
  const T* end() const { return begin() + size(); }
  T* begin() { return several_ ? many_->data() : &one_; }
  T* end() { return begin() + size(); }
  const T& operator[](size_t i) const { return begin()[i]; }
  T& operator[](size_t i) { return begin()[i]; }

  T& emplace_back(T&& value = T()) {
    if (several_) return many_->emplace_back(std::move(value));
    if (!one_there_) {
      one_there_ = true;
      return *std::construct_at(&one_, std::move(value));
    }
    auto both = std::make_unique<std::vector<T>>();
    both->push_back(std::move(one_));
    both->push_back(std::move(value));
    clear();
    many_ = both.release(), several_ = true;
    return many_->back();
  }
  void push_back(T value) { emplace_back(std::move(value)); }
  template <class I>
  void assign(I first, I last) {
    *this = std::vector<T>(first, last);
  }
  void clear() {
    if (several_) delete many_;
    else if (one_there_) std::destroy_at(&one_);
    several_ = one_there_ = false;
  }

 private:
  // Both into an empty one.
  void copy(const OneOrMany& other) {
    if (other.several_) many_ = new std::vector<T>(*other.many_), several_ = true;
    else if (other.one_there_) std::construct_at(&one_, other.one_), one_there_ = true;
  }
  void take(OneOrMany& other) {
    if (other.several_) many_ = other.many_, several_ = true, other.several_ = false;
    else if (other.one_there_) std::construct_at(&one_, std::move(other.one_)), one_there_ = true;
    other.clear();
  }
  bool one_there_ = false, several_ = false;
  union {
    T one_;
    std::vector<T>* many_;
  };
};

// Nothing most of the time: no more than a pointer.
template <class T>
class SeldomList {
 public:
  SeldomList() = default;
  SeldomList(std::vector<T> values) : list_(values.empty() ? nullptr : std::make_unique<std::vector<T>>(std::move(values))) {}
  SeldomList(std::initializer_list<T> values) : SeldomList(std::vector<T>(values)) {}
  SeldomList(const SeldomList& other) : list_(other.list_ ? std::make_unique<std::vector<T>>(*other.list_) : nullptr) {}
  SeldomList(SeldomList&&) noexcept = default;
  SeldomList& operator=(SeldomList other) noexcept {
    list_ = std::move(other.list_);
    return *this;
  }

  operator const std::vector<T>&() const {
    static const std::vector<T> kNothing;
    return list_ ? *list_ : kNothing;
  }
  size_t size() const { return list_ ? list_->size() : 0; }
  bool empty() const { return size() == 0; }
  const T* begin() const { return list_ ? list_->data() : nullptr; }
  const T* end() const { return begin() + size(); }
  T* begin() { return list_ ? list_->data() : nullptr; }
  T* end() { return begin() + size(); }
  const T& operator[](size_t i) const { return (*list_)[i]; }
  T& operator[](size_t i) { return (*list_)[i]; }

  void push_back(T value) {
    if (!list_) list_ = std::make_unique<std::vector<T>>();
    list_->push_back(std::move(value));
  }
  void clear() { list_ = nullptr; }

 private:
  std::unique_ptr<std::vector<T>> list_;
};

}  // namespace wiretail::filter
