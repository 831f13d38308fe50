// Some neighbouring elements of a large list: one block of memory, with its free space at both
// ends.
//
//   |  free  | element | element | element |  free  |
//
// So pushes and pops at either end move nothing but what they add, and a change in the middle moves
// the shorter part. The block grows by doubling up to list_chunk_bytes; an element that is longer
// has a chunk, and a block of its own size, for itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "node/storage/collections/limits.h"
#include "node/storage/collections/sequence.h"

namespace cachekit::node::storage {

class ListChunk {
 public:
  ListChunk() = default;

  /// With room for so many bytes of elements.
  explicit ListChunk(std::size_t capacity);

  ListChunk(ListChunk&& other) noexcept { swap(other); }
  ListChunk& operator=(ListChunk&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ListChunk() = default;

  std::size_t count() const { return count_; }
  std::size_t bytes() const { return end_ - begin_; }

  const char* begin() const { return block_.get() + begin_; }
  const char* end() const { return block_.get() + end_; }

  /// What its block takes, as the allocator counts it.
  std::size_t footprint_bytes() const;

  /// May an element of so many bytes join? A first one always may.
  bool has_room(std::size_t element_bytes) const {
    return count_ == 0 || bytes() + sequence::encoded_size(element_bytes) <= list_chunk_bytes;
  }

  /// Where the element at `index`, or the end if there is none, starts. From the nearer end.
  const char* at(std::size_t index) const;

  void insert(std::size_t index, std::string_view element);
  void erase(std::size_t index, std::size_t count);

  /// Adds all that `next` holds behind its own.
  void append(const ListChunk& next);

  /// Takes the elements from `index` on away, as a chunk of their own.
  ListChunk split(std::size_t index);

  ListChunk clone() const;

  std::size_t count_equal(std::string_view value) const {
    return sequence::count_equal(begin(), end(), value);
  }

  /// See sequence::remove_equal(); how many went.
  template <typename Erased>
  std::size_t remove_equal(std::string_view value, std::size_t spared, std::size_t limit,
                           const Erased& erased);

 private:
  char* open_gap(std::size_t offset, std::size_t bytes);
  void move_to(std::size_t begin);
  void swap(ListChunk& other) noexcept;

  std::unique_ptr<char[]> block_;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t count_ = 0;
};

template <typename Erased>
std::size_t ListChunk::remove_equal(std::string_view value, std::size_t spared, std::size_t limit,
                                    const Erased& erased) {
  char* const block = block_.get();
  const auto left =
      sequence::remove_equal(block + begin_, block + end_, value, spared, limit, erased);
  end_ = static_cast<std::uint32_t>(left.end - block);
  count_ = static_cast<std::uint32_t>(left.elements);
  return left.removed;
}

}  // namespace cachekit::node::storage
