// When a collection stops being one compact block, and how large the parts of a large one are.

#pragma once

#include <cstddef>

namespace cachekit::node::storage {

/// A block is rewritten by every change, and a member is found by looking at all before it: at
/// these sizes both stay well below a microsecond.
inline constexpr std::size_t max_block_bytes = std::size_t{8} << 10;
inline constexpr std::size_t max_block_items = 128;

/// A longer member, field or value makes a set or hash large, as in Redis.
inline constexpr std::size_t max_block_field_bytes = 64;

/// What a chunk of a large list holds, unless a single element needs more: one of the
/// sizes that the allocator gives without a rest.
inline constexpr std::size_t list_chunk_bytes = 4096;

/// Longest element of any collection; lengths have 32 bits.
inline constexpr std::size_t max_element_bytes = (std::size_t{1} << 32) - 64;

}  // namespace cachekit::node::storage
