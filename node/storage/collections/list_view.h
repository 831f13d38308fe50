// A list as it lies in the store, small or large, for reading. Valid until the store is next
// called.

#pragma once

#include <cstddef>
#include <string_view>

#include "node/storage/collections/block.h"
#include "node/storage/collections/list_collection.h"
#include "node/storage/store.h"

namespace cachekit::node::storage {

class ListView {
 public:
  /// A view of the key's list; of an empty one if there is no such key.
  explicit ListView(const std::optional<EntryView>& found);

  std::size_t size() const;
  std::string_view at(std::size_t index) const;  ///< index < size()

  /// Calls visit(element) from `index` on, until it returns false.
  template <typename Visit>
  void visit(std::size_t index, const Visit& visit) const;

  /// The same towards the front.
  template <typename Visit>
  void visit_backwards(std::size_t index, const Visit& visit) const;

 private:
  std::string_view block_;
  const ListCollection* large_ = nullptr;
};

template <typename Visit>
void ListView::visit(std::size_t index, const Visit& visit) const {
  if (large_ != nullptr) return large_->visit(index, visit);
  if (index >= size()) return;
  for (const char* at = block::at(block_, 1, index); at != block::end(block_);) {
    const std::string_view element = sequence::read(at);
    if (!visit(element)) return;
    at = sequence::end_of(element);
  }
}

template <typename Visit>
void ListView::visit_backwards(std::size_t index, const Visit& visit) const {
  if (large_ != nullptr) return large_->visit_backwards(index, visit);
  if (block_.empty()) return;
  const char* end = block::at(block_, 1, std::min(index + 1, size()));
  while (end != block::begin(block_)) {
    end = sequence::start_before(end);
    if (!visit(sequence::read(end))) return;
  }
}

}  // namespace cachekit::node::storage
