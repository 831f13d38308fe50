// What could not be written at once, in order. Bytes stay where they are until they are consumed,
// so that a write in flight may refer to them; pinned ones are released as soon as they have left.

#pragma once

#include <cstddef>
#include <list>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/segments.h"

namespace cachekit::node {

class WriteQueue {
 public:
  bool empty() const { return segments_.empty(); }

  /// Appends what is left of `segments` after their first `written` bytes.
  void add(std::vector<protocol::Segment> segments, std::size_t written) {
    const bool first = segments_.empty();
    for (protocol::Segment& segment : segments) {
      const std::size_t size = segment.bytes().size();
      if (written >= size) {
        written -= size;
        continue;
      }
      if (first && segments_.empty()) offset_ = written;
      written = 0;
      segments_.push_back(std::move(segment));
    }
  }

  /// Fills `out` from the front and returns how many ranges that took.
  std::size_t gather(std::span<std::string_view> out) const {
    std::size_t count = 0;
    std::size_t offset = offset_;
    for (const protocol::Segment& segment : segments_) {
      if (count == out.size()) break;
      out[count++] = segment.bytes().substr(offset);
      offset = 0;
    }
    return count;
  }

  /// The first `bytes` have left.
  void consume(std::size_t bytes) {
    while (bytes > 0) {
      const std::size_t rest = segments_.front().bytes().size() - offset_;
      if (bytes < rest) {
        offset_ += bytes;
        return;
      }
      bytes -= rest;
      offset_ = 0;
      segments_.pop_front();
    }
  }

 private:
  std::list<protocol::Segment> segments_;  // none is empty
  std::size_t offset_ = 0;                 // of the first segment, already written
};

}  // namespace cachekit::node
