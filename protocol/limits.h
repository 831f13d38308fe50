// Bounds on what a peer may make us read, shared by both ends of the wire.

#pragma once

#include <cstddef>
#include <cstdint>

namespace cachekit::protocol {

/// Largest bulk string in bytes; a node may be configured lower. Redis's `proto-max-bulk-len`.
inline constexpr std::size_t max_bulk_bytes = std::size_t{512} << 20;

/// Longest inline command, and longest header line, in bytes. Redis's PROTO_INLINE_MAX_SIZE.
inline constexpr std::size_t max_line_bytes = std::size_t{64} << 10;

/// Most arguments in one command. Each costs its reader 32 bytes before its content is seen.
inline constexpr std::size_t max_arguments = std::size_t{1} << 20;

/// What a peer that has not authenticated may send: enough for HELLO and AUTH, too little to
/// make us hold memory for a stranger. The figures are Redis's.
inline constexpr std::size_t max_unauthenticated_arguments = 10;
inline constexpr std::size_t max_unauthenticated_bulk_bytes = std::size_t{16} << 10;

/// Most points that a ring may have: 24 bytes each while it is built.
inline constexpr std::size_t max_ring_points = std::size_t{1} << 24;

}  // namespace cachekit::protocol
