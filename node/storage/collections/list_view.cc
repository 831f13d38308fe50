#include "node/storage/collections/list_view.h"

namespace cachekit::node::storage {

ListView::ListView(const std::optional<EntryView>& found) {
  if (!found) return;
  block_ = found->value;
  large_ = static_cast<const ListCollection*>(found->collection);
}

std::size_t ListView::size() const {
  if (large_ != nullptr) return large_->size();
  return block_.empty() ? 0 : block::items(block_);
}

std::string_view ListView::at(std::size_t index) const {
  return large_ != nullptr ? large_->at(index) : sequence::read(block::at(block_, 1, index));
}

}  // namespace cachekit::node::storage
