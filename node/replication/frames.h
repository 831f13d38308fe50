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
  heartbeat = 'h',  ///< A Heartbeat's members, as varints.
  touches = 't',    ///< Keys that readers have used, each after its length, a varint.
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

/// A primary's clocks at one moment. The replica sends `sent_ms` back, which tells the primary how
/// old the answer is, whatever the clocks of other machines say.
struct Heartbeat {
  storage::UnixMillis unix_ms = 0;
  std::int64_t sent_ms = 0;   ///< Monotonic.
  std::int64_t lease_ms = 0;  ///< How long a managed primary's writes rest on the answer; or 0.
};

void append_heartbeat(const Heartbeat& heartbeat, std::string& out);
std::optional<Heartbeat> read_heartbeat(std::string_view payload);

/// Takes the first key off the payload of touches; nothing if it is malformed.
std::optional<std::string_view> take_touched_key(std::string_view& payload);

}  // namespace cachekit::node::replication
