#include "unit/allocations.hpp"

#include <cstdlib>
#include <new>

#if defined(__has_feature)  // clang's word for what GCC's macros say
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WIRETAIL_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WIRETAIL_SANITIZED
#endif

#ifdef WIRETAIL_SANITIZED
// The sanitizers bring an operator new of their own, which must stay.
bool wiretail::test::allocations_are_counted() { return false; }
uint64_t wiretail::test::allocations() { return 0; }
#else
bool wiretail::test::allocations_are_counted() { return true; }

namespace {

thread_local uint64_t g_allocations = 0;

void* counted(std::size_t size) {
  ++g_allocations;
  if (void* p = std::malloc(size ? size : 1)) return p;
  throw std::bad_alloc();
}
void* counted(std::size_t size, std::align_val_t alignment) {
  ++g_allocations;
  void* p = nullptr;
  if (posix_memalign(&p, static_cast<std::size_t>(alignment), size ? size : 1) == 0) return p;
  throw std::bad_alloc();
}

}  // namespace

uint64_t wiretail::test::allocations() { return g_allocations; }

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return counted(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return counted(size, alignment); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#endif
