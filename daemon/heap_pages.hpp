// The heap in huge pages, where the system has such: what a packet touches of its connection (reassembly's bytes, the application's state)
// lies anywhere in it, and with small pages nearly every touch costs a walk through the page tables as well, in a virtual machine twice.
// glibc does this by itself, but only if the environment says so before the program starts (glibc.malloc.hugetlb), and then for all memory, with
// a third more of it on long runs. Here the heap grows in steps, and each step is marked before most of it is used. Elsewhere than on
// Linux with glibc it does nothing. One thread, the one that captures: the heap of the others (outputs) is glibc's own affair.
#pragma once
#include <cstddef>
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
  // Before very much is made at once (the trees of thousands of filters): room for about so much, marked before it is used, for
  // then to get its small pages one by one costs more than to clear large ones.
  static void expect(size_t bytes) {
    if (bytes < kMuch) return;
    const int room = static_cast<int>(bytes < kMost ? bytes : kMost);
    mallopt(M_TOP_PAD, room), mallopt(M_MMAP_THRESHOLD, kPiece + 1);
    void* volatile more = std::malloc(static_cast<size_t>(room < kPiece ? room : kPiece));  // unless the heap has so much, it grows by this and the room
    std::free(more);
    mallopt(M_MMAP_THRESHOLD, kLargest);
    look();
    mallopt(M_TOP_PAD, room);  // what is freed on the way stays
    expecting_ = true;
  }
  // It was made.
  static void made() {
    if (expecting_) mallopt(M_TOP_PAD, kStep);
    expecting_ = false;
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
  static constexpr size_t kMuch = 4 << 20, kMost = size_t{256} << 20;
  static constexpr int kPiece = 24 << 20;     // glibc maps what is larger than 32 MiB, whatever it is told
  static constexpr int kLargest = 256 << 10;  // larger pieces are given back to the system when they are freed
  static inline uintptr_t marked_ = 0;
  static inline bool expecting_ = false;
#else
  static void begin() {}
  static void expect(size_t) {}
  static void made() {}
  static void look() {}
#endif
};

}  // namespace wiretail::daemon
