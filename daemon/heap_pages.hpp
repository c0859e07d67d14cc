// The heap in huge pages, where the system has such: what a packet touches of its connection (reassembly's bytes, the application's state)
// lies anywhere in it, and with small pages nearly every touch costs a walk through the page tables as well, in a virtual machine twice.
// glibc does this by itself, but only if the environment says so before the program starts (glibc.malloc.hugetlb), and then for all memory, with
// a third more of it on long runs. Here the heap grows in steps, and each step is marked before most of it is used. Elsewhere than on
// Linux with glibc it does nothing. One thread, the one that captures: the heap of the others (outputs) is glibc's own affair.
#pragma once
#include <cstdint>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wiretail::daemon {

class HeapPages {
 public:
#ifdef __GLIBC__
  // At the program's start. The first of the heap stays in small pages: a short run uses little of it, and to clear a huge page costs more
  // than such a run saves (a virtual machine whose memory has gone back to its host: milliseconds each).
  static void begin() {
    mallopt(M_TOP_PAD, kFirst), mallopt(M_MMAP_THRESHOLD, kLargest);
    marked_ = (reinterpret_cast<uintptr_t>(sbrk(0)) + kFirst + kPage - 1) & ~(kPage - 1);
  }
  // Now and then: marks what the heap has grown by.
  static void look() {
    const auto end = reinterpret_cast<uintptr_t>(sbrk(0)) & ~(kPage - 1);
    if (end <= marked_) return;
    mallopt(M_TOP_PAD, kStep);
    madvise(reinterpret_cast<void*>(marked_), end - marked_, MADV_HUGEPAGE);  // a wish: without it everything works as well
    marked_ = end;
  }

 private:
  static constexpr uintptr_t kPage = 2u << 20;
  static constexpr int kFirst = 1 << 20;
  static constexpr int kStep = 8 << 20;       // larger ones: more memory on long runs
  static constexpr int kLargest = 256 << 10;  // larger pieces are given back to the system when they are freed
  static inline uintptr_t marked_ = 0;
#else
  static void begin() {}
  static void look() {}
#endif
};

}  // namespace wiretail::daemon
