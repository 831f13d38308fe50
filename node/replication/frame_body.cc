#include "node/replication/frame_body.h"

#include <utility>

#include "node/replication/effect_codec.h"

namespace cachekit::node::replication {
namespace {

// What a frame of the usual size may keep for the next one.
constexpr std::size_t kept_bytes = std::size_t{64} << 10;

}  // namespace

void FrameBody::add(const storage::Effect& effect) {
  const std::size_t before = bytes_.size();
  const bool has_value = encode_head(effect, bytes_);
  if (has_value && effect.blob == nullptr) bytes_.append(effect.value);
  size_ += bytes_.size() - before;
  if (has_value && effect.blob != nullptr) add_blob(*effect.blob);
}

void FrameBody::add_bytes(std::string_view bytes) {
  bytes_.append(bytes);
  size_ += bytes.size();
}

void FrameBody::add_blob(storage::Blob blob) {
  size_ += blob.bytes().size();
  places_.push_back(bytes_.size());
  blobs_.push_back(std::move(blob));
}

void FrameBody::clear() {
  if (bytes_.capacity() > kept_bytes) bytes_ = std::string();
  bytes_.clear();
  blobs_.clear();
  places_.clear();
  size_ = 0;
}

}  // namespace cachekit::node::replication
