// Takes frames out of a stream of bytes that comes in pieces of any size.
//
// Small effects are collected until their frame is complete; a large value is received into the
// memory where it stays. What is announced costs nothing before it comes.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/replication/effect_codec.h"
#include "node/replication/frame_body.h"
#include "node/replication/frames.h"
#include "node/storage/blob.h"

namespace cachekit::node::replication {

class FrameReader {
 public:
  /// Where large values go; must outlive the reader and what it has read.
  explicit FrameReader(storage::BlobSpace& blobs) : blobs_(blobs) {}

  /// Takes bytes off the front until a frame is complete; true if one is. An error is a sentence,
  /// and the end of the stream. A frame stays until the next call.
  tl::expected<bool, std::string> read(std::string_view& bytes);

  FrameKind kind() const { return head_.kind; }

  /// All of the frame's effects have been checked but for their values; see is_valid_value(). For
  /// heartbeats and touches, their payload.
  const FrameBody& body() const { return body_; }

  /// Bytes of the frame, head included.
  std::size_t frame_bytes() const { return head_.head_bytes + head_.payload_bytes; }

 private:
  tl::expected<bool, std::string> read_head(std::string_view& bytes);
  tl::expected<void, std::string> take(std::string_view& bytes);
  tl::expected<void, std::string> find_large_values();
  tl::expected<void, std::string> start_value(const DecodedHead& head);
  void receive_value(std::string_view& bytes);
  bool holds_effects() const {
    return head_.kind != FrameKind::heartbeat && head_.kind != FrameKind::touches;
  }

  storage::BlobSpace& blobs_;
  bool in_frame_ = false;
  std::string head_text_;
  FrameHead head_{};
  std::size_t missing_bytes_ = 0;  // of the payload
  FrameBody body_;
  std::size_t checked_ = 0;  // of the body's own bytes: here the next effect begins
  storage::Blob value_;      // that is being received
  std::size_t missing_value_bytes_ = 0;
};

/// Calls visit(effect) for every effect of a frame that a FrameReader has read, until it returns
/// false.
template <typename Visit>
void visit_effects(const FrameBody& body, const Visit& visit) {
  std::string_view rest = body.bytes();
  auto blob = body.blobs().begin();
  DecodedHead head;
  while (!rest.empty()) {
    decode_head(rest, head);
    rest.remove_prefix(head.head_bytes);
    if (head.is_large()) {
      head.effect.value = blob->bytes();
      head.effect.blob = &*blob++;
    } else {
      head.effect.value = rest.substr(0, head.value_bytes);
      rest.remove_prefix(head.value_bytes);
    }
    if (!visit(head.effect)) return;
  }
}

}  // namespace cachekit::node::replication
