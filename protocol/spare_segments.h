// Lists of segments that have been sent and can be filled anew, so that replies cost no allocation.

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "protocol/segments.h"

namespace cachekit::protocol {

class SpareSegments {
 public:
  /// Kept of all lists together, and of one.
  static constexpr std::size_t most_bytes = std::size_t{1} << 20;
  static constexpr std::size_t most_bytes_of_one = std::size_t{256} << 10;

  /// An empty list, with memory if there is some: that which was used last.
  Segments take() {
    if (spares_.empty()) return {};
    Segments spare = std::move(spares_.back());
    spares_.pop_back();
    bytes_ -= spare.capacity();
    return spare;
  }

  void give(std::vector<Segment>&& sent) {
    Segments spare = Segments::reusing(std::move(sent));
    const std::size_t capacity = spare.capacity();
    if (capacity == 0 || capacity > most_bytes_of_one || bytes_ + capacity > most_bytes) return;
    bytes_ += capacity;
    spares_.push_back(std::move(spare));
  }

  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<Segments> spares_;
  std::size_t bytes_ = 0;
};

}  // namespace cachekit::protocol
