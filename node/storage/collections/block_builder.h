// Writes a block, piece by piece, into a buffer of its own: on the stack, without allocation.
//
// What does not fit into one block is refused, and then the caller builds a large collection
// instead. A view of the block is valid as long as the builder, and until it is written to.

#pragma once

#include <cstddef>
#include <string_view>

#include "node/storage/collections/block.h"
#include "node/storage/collections/limits.h"

namespace cachekit::node::storage {

class BlockBuilder {
 public:
  BlockBuilder() {}  // NOLINT: the buffer stays as it is until it is written to

  BlockBuilder(const BlockBuilder&) = delete;
  BlockBuilder& operator=(const BlockBuilder&) = delete;

  /// An item of a list.
  [[nodiscard]] bool add(std::string_view element);

  /// An item of a set.
  [[nodiscard]] bool add_member(std::string_view member);

  /// An item of a hash.
  [[nodiscard]] bool add_pair(std::string_view field, std::string_view value);

  /// Items as they lie in another block, or nothing.
  [[nodiscard]] bool copy(const char* from, const char* to, std::size_t items);

  /// All that another block holds; the first thing to be called.
  void copy_all(std::string_view block);

  /// Replaces the element that starts at `at` in this builder's block.
  [[nodiscard]] bool replace(const char* at, std::string_view element);

  /// Takes `items` away that stand in this builder's block from `from` to `to`.
  void erase(const char* from, const char* to, std::size_t items);

  /// See sequence::remove_equal(); how many went. For a list.
  template <typename Erased>
  std::size_t remove_equal(std::string_view value, std::size_t spared, std::size_t limit,
                           const Erased& erased) {
    const auto left = sequence::remove_equal(bytes_ + block::header_bytes, bytes_ + size_, value,
                                             spared, limit, erased);
    size_ = static_cast<std::size_t>(left.end - bytes_);
    items_ = left.elements;
    return left.removed;
  }

  std::size_t items() const { return items_; }

  /// Without items it is only good for finding nothing in it.
  std::string_view block();

 private:
  bool has_room(std::size_t bytes) const {
    return items_ < max_block_items && bytes <= max_block_bytes - size_;
  }

  std::size_t items_ = 0;
  std::size_t size_ = block::header_bytes;
  char bytes_[max_block_bytes];
};

}  // namespace cachekit::node::storage
