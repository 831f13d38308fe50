// Effects as bytes, the same on every machine.
//
//   | kind, cause | key's length | key | what the kind has of: type, expiry, index, count, field |
//   | value's length | value |
//
// Numbers are varints. The value comes last, so that a large one can be sent, and received, without
// being copied.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "node/storage/effect.h"
#include "node/storage/entry.h"

namespace cachekit::node::replication {

/// Appends everything but the value's own bytes; whether such have to follow.
bool encode_head(const storage::Effect& effect, std::string& out);

/// Appends the whole effect.
void encode(const storage::Effect& effect, std::string& out);

struct DecodedHead {
  storage::Effect effect;      ///< Without its value; views the bytes.
  std::size_t head_bytes = 0;  ///< What was read.
  std::size_t value_bytes = 0;

  /// Whether the value is received into memory of its own.
  bool is_large() const { return value_bytes >= storage::large_value_bytes; }
};

enum class DecodeStatus { done, incomplete, malformed };

/// Reads the head of the effect that the bytes begin with. Nothing that a peer could say makes it
/// read past the end, and what is done is valid but for the value.
DecodeStatus decode_head(std::string_view bytes, DecodedHead& out);

/// Whether the value suits the kind: a compact collection is checked byte by byte.
bool is_valid_value(const storage::Effect& effect);

}  // namespace cachekit::node::replication
