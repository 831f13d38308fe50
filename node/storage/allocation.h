// What a block of memory really costs, as the allocator counts it.
//
// That is jemalloc: it frees a block in constant time, whatever was freed before, where glibc joins
// what was freed with its neighbours from time to time, all at once (190 ms after the deletion of a
// set with a million members). A sanitizer's allocator counts what was asked for.

#pragma once

#include <cstddef>
#include <string_view>

#if CACHEKIT_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include <malloc.h>
#endif

namespace cachekit::node::storage {

/// As INFO tells it.
#if CACHEKIT_JEMALLOC
inline constexpr std::string_view allocator_name = "jemalloc";
#else
inline constexpr std::string_view allocator_name = "sanitizer";
#endif

/// The cost of an existing block, which came from operator new or malloc.
inline std::size_t block_bytes(const void* block) {
  return malloc_usable_size(const_cast<void*>(block));
}

/// The cost of a block that is still to be allocated; more than zero bytes of it.
inline std::size_t predicted_block_bytes(std::size_t request_bytes) {
#if CACHEKIT_JEMALLOC
  return nallocx(request_bytes, 0);
#else
  return request_bytes;
#endif
}

}  // namespace cachekit::node::storage
