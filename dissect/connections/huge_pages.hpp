// An allocator for the large arrays that packets touch at random places: they lie in huge pages where the system has such.
// With small pages nearly every touch costs a walk through the page tables as well, in a virtual machine twice.
// Used by the connection table, the timers and the list of unacknowledged segments; any thread; throws std::bad_alloc.
#pragma once
#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstddef>
#include <new>

namespace wiretail::dissect {

template <class T>
struct HugePages {
  using value_type = T;
  static constexpr std::size_t kPage = 2u << 20;

  HugePages() = default;
  template <class U>
  HugePages(const HugePages<U>&) {}

  T* allocate(std::size_t n) {
    const std::size_t bytes = n * sizeof(T);
    if (bytes < kPage) return static_cast<T*>(::operator new(bytes));
    void* place = ::operator new(bytes, std::align_val_t{kPage});
#ifdef __linux__
    madvise(place, bytes, MADV_HUGEPAGE);  // a wish: without it everything works as well
#endif
    return static_cast<T*>(place);
  }
  void deallocate(T* place, std::size_t n) {
    if (n * sizeof(T) < kPage) ::operator delete(static_cast<void*>(place));
    else ::operator delete(static_cast<void*>(place), std::align_val_t{kPage});
  }
  bool operator==(const HugePages&) const { return true; }
};

}  // namespace wiretail::dissect
