#include "node/replication/frame_reader.h"

#include <fmt/format.h>

#include <utility>

namespace cachekit::node::replication {
namespace {

tl::unexpected<std::string> malformed(std::string_view what) {
  return tl::unexpected(fmt::format("the primary sent a malformed {}", what));
}

}  // namespace

tl::expected<bool, std::string> FrameReader::read(std::string_view& bytes) {
  if (!in_frame_) {
    const auto begun = read_head(bytes);
    if (!begun || !*begun) return begun;
  }
  while (missing_bytes_ > 0 && !bytes.empty()) {
    if (const auto taken = take(bytes); !taken) return tl::unexpected(taken.error());
  }
  if (missing_bytes_ > 0) return false;
  if (holds_effects() && checked_ != body_.bytes().size()) return malformed("frame");
  in_frame_ = false;
  return true;
}

tl::expected<bool, std::string> FrameReader::read_head(std::string_view& bytes) {
  body_.clear();
  checked_ = 0;
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    head_text_ += bytes.front();
    const FrameStatus status = read_frame_head(head_text_, head_);
    if (status == FrameStatus::malformed) return malformed("head of a frame");
    if (status == FrameStatus::incomplete) continue;
    bytes.remove_prefix(1);
    head_text_.clear();
    missing_bytes_ = head_.payload_bytes;
    in_frame_ = true;
    return true;
  }
  return false;
}

tl::expected<void, std::string> FrameReader::take(std::string_view& bytes) {
  if (value_) {
    receive_value(bytes);
    return {};
  }
  const std::string_view part = bytes.substr(0, missing_bytes_);
  body_.add_bytes(part);
  bytes.remove_prefix(part.size());
  missing_bytes_ -= part.size();
  return holds_effects() ? find_large_values() : tl::expected<void, std::string>();
}

void FrameReader::receive_value(std::string_view& bytes) {
  const std::string_view part = bytes.substr(0, missing_value_bytes_);
  blobs_.append(value_, part);
  bytes.remove_prefix(part.size());
  missing_bytes_ -= part.size();
  missing_value_bytes_ -= part.size();
  if (missing_value_bytes_ == 0) body_.add_blob(std::exchange(value_, storage::Blob()));
}

// Goes through the effects as far as they have come. Where a large value begins, what has come of
// it moves to where it stays.
tl::expected<void, std::string> FrameReader::find_large_values() {
  DecodedHead head;
  while (checked_ < body_.bytes().size()) {
    const std::string_view rest = std::string_view(body_.bytes()).substr(checked_);
    const DecodeStatus status = decode_head(rest, head);
    if (status == DecodeStatus::malformed) return malformed("change");
    if (status == DecodeStatus::incomplete) break;
    const std::size_t come = rest.size() - head.head_bytes;
    if (head.value_bytes > come + missing_bytes_) return malformed("change: it exceeds its frame");
    if (head.is_large()) return start_value(head);
    if (head.value_bytes > come) break;
    checked_ += head.head_bytes + head.value_bytes;
  }
  return {};
}

tl::expected<void, std::string> FrameReader::start_value(const DecodedHead& head) {
  checked_ += head.head_bytes;
  const std::string come = body_.bytes().substr(checked_);
  body_.cut(checked_);
  value_ = blobs_.reserve(head.value_bytes);
  if (!value_) return tl::unexpected<std::string>("no address space is left for a large value");
  missing_bytes_ += come.size();
  missing_value_bytes_ = head.value_bytes;
  std::string_view again = come;
  receive_value(again);
  if (value_ || again.empty()) return {};
  missing_bytes_ -= again.size();
  body_.add_bytes(again);
  return find_large_values();
}

}  // namespace cachekit::node::replication
