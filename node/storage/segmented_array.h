// An array that grows and shrinks at its end without ever moving its items.
//
// Items lie in segments of one page; a directory lists the segments. So the longest pause of a
// push_back is one page cleared, and now and then the copy of a directory that is 1/512 of the
// array. Not thread-safe.

#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

#include "node/storage/allocation.h"

namespace cachekit::node::storage {

template <typename Item>
class SegmentedArray {
  static_assert(std::is_trivially_copyable_v<Item>);

 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  Item& operator[](std::size_t index) {
    return segments_[index / segment_items][index % segment_items];
  }
  const Item& operator[](std::size_t index) const {
    return segments_[index / segment_items][index % segment_items];
  }
  Item& back() { return (*this)[size_ - 1]; }

  void push_back(const Item& item) {
    if (size_ == segments_.size() * segment_items) add_segment();
    (*this)[size_++] = item;
  }

  void pop_back() {
    if (--size_ % segment_items == 0) drop_segment();
  }

  /// Pops a whole segment, for whoever no longer looks at the items.
  void pop_segment() {
    drop_segment();
    size_ = segments_.size() * segment_items;
  }

  /// What the array takes.
  std::size_t bytes() const { return segment_bytes_ + directory_bytes(segments_.capacity()); }

  /// At least what the next `count` calls of push_back add to bytes().
  std::size_t bytes_to_push(std::size_t count) const {
    const std::size_t wanted = (size_ + count + segment_items - 1) / segment_items;
    if (wanted <= segments_.size()) return 0;
    const std::size_t pages = wanted - segments_.size();
    return pages * predicted_block_bytes(segment_items * sizeof(Item)) +
           (wanted > segments_.capacity() ? directory_bytes(2 * wanted) : 0);
  }

 private:
  static constexpr std::size_t segment_items = 4096 / sizeof(Item);

  static std::size_t directory_bytes(std::size_t capacity) {
    return capacity == 0 ? 0 : predicted_block_bytes(capacity * sizeof(std::unique_ptr<Item[]>));
  }

  void add_segment() {
    segments_.push_back(std::make_unique<Item[]>(segment_items));
    segment_bytes_ += block_bytes(segments_.back().get());
  }

  void drop_segment() {
    segment_bytes_ -= block_bytes(segments_.back().get());
    segments_.pop_back();
    if (segments_.size() < segments_.capacity() / 4) segments_.shrink_to_fit();
  }

  std::vector<std::unique_ptr<Item[]>> segments_;
  std::size_t size_ = 0;
  std::size_t segment_bytes_ = 0;
};

}  // namespace cachekit::node::storage
