// What a block of memory really costs, as the allocator counts it.

#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstddef>

namespace cachekit::node::storage {

/// The allocator's own word before every block.
inline constexpr std::size_t block_header_bytes = sizeof(std::size_t);

/// Blocks are multiples of this, header included, and never below two of it.
inline constexpr std::size_t block_granularity_bytes = 16;

/// From here on glibc may map pages of their own for a block, which costs whole pages.
inline constexpr std::size_t mapped_block_bytes = std::size_t{128} << 10;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

/// The cost of an existing block, which came from operator new or malloc.
inline std::size_t block_bytes(const void* block) {
  return malloc_usable_size(const_cast<void*>(block)) + block_header_bytes;
}

/// At least the cost of a block that is still to be allocated. A free block that would leave too
/// little for another one is given whole, hence one unit more.
constexpr std::size_t predicted_block_bytes(std::size_t request_bytes) {
  constexpr std::size_t page_bytes = 4096;
  if (request_bytes >= mapped_block_bytes) {
    return round_up(request_bytes + 2 * block_header_bytes, page_bytes);
  }
  return std::max(2 * block_granularity_bytes,
                  round_up(request_bytes + block_header_bytes, block_granularity_bytes)) +
         block_granularity_bytes;
}

}  // namespace cachekit::node::storage
