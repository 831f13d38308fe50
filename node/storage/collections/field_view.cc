#include "node/storage/collections/field_view.h"

namespace cachekit::node::storage {

FieldView::FieldView(const std::optional<EntryView>& found) {
  if (!found) return;
  width_ = block::width_of(found->type);
  if (found->collection != nullptr) {
    table_ = &static_cast<const FieldCollection*>(found->collection)->table();
  } else {
    block_ = found->value;
  }
}

std::size_t FieldView::size() const {
  if (table_ != nullptr) return table_->size();
  return block_.empty() ? 0 : block::items(block_);
}

std::optional<FieldItem> FieldView::find(std::string_view field) const {
  if (table_ != nullptr) return table_->find(field);
  if (block_.empty()) return std::nullopt;
  const auto at = block::find(block_, width_, field);
  if (!at) return std::nullopt;
  return item_at(*at);
}

}  // namespace cachekit::node::storage
