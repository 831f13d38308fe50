// What a primary sends to a replica: frames.
//
//   | kind | payload's length, a varint | payload |
//
// Changes are the stream that offsets count, frame by frame, head included. All else is for one
// replica alone and counts nothing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/storage/effect.h"

namespace cachekit::node::replication {

enum class FrameKind : char {
  changes = 'e',    ///< Effects that belong together.
  entries = 'c',    ///< Of a full copy: whole keys, as effects.
  piece = 'p',      ///< Of a full copy: the next elements of one large collection, as effects.
  copied = 'd',     ///< The full copy is complete. Empty.
  heartbeat = 'h',  ///< The primary's Unix time in milliseconds, a varint.
};

/// Appends a frame's head.
void append_frame_head(FrameKind kind, std::size_t payload_bytes, std::string& out);

struct FrameHead {
  FrameKind kind;
  std::size_t payload_bytes;
  std::size_t head_bytes;
};

enum class FrameStatus { done, incomplete, malformed };

/// Reads the head that the bytes begin with.
FrameStatus read_frame_head(std::string_view bytes, FrameHead& out);

void append_heartbeat(storage::UnixMillis now, std::string& out);

}  // namespace cachekit::node::replication
