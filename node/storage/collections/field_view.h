// A set or hash as it lies in the store, small or large, for reading. Valid until the store is next
// called.
//
// A member of a set is a field without a value.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "node/storage/collections/block.h"
#include "node/storage/collections/field_collection.h"
#include "node/storage/store.h"

namespace cachekit::node::storage {

class FieldView {
 public:
  /// A view of what the key holds; of something empty if there is no such key.
  explicit FieldView(const std::optional<EntryView>& found);

  /// Views of what lies elsewhere.
  explicit FieldView(const FieldTable& set) : table_(&set) {}
  FieldView(ValueType type, std::string_view block)
      : block_(block), width_(block::width_of(type)) {}

  std::size_t size() const;
  std::optional<FieldItem> find(std::string_view field) const;
  bool contains(std::string_view field) const { return find(field).has_value(); }

  /// Calls visit(FieldItem) for all, until it returns false.
  template <typename Visit>
  void visit_all(const Visit& visit) const;

  /// Each with the same probability. `random` draws 64-bit numbers. Not of something empty.
  template <typename Random>
  FieldItem pick(Random&& random) const;

  /// The table of a large one; nullptr for a small one, which is best read whole.
  const FieldTable* table() const { return table_; }

  /// The block of a small one; empty for a large one or if there is no such key.
  std::string_view block() const { return block_; }

 private:
  FieldItem item_at(const char* at) const;

  std::string_view block_;
  std::size_t width_ = 1;
  const FieldTable* table_ = nullptr;
};

inline FieldItem FieldView::item_at(const char* at) const {
  const std::string_view field = sequence::read(at);
  if (width_ == 1) return {field, {}};
  return {field, sequence::read(sequence::end_of(field))};
}

template <typename Visit>
void FieldView::visit_all(const Visit& visit) const {
  if (table_ != nullptr) return table_->visit_all(visit);
  if (block_.empty()) return;
  const char* const end = block::end(block_);
  for (const char* at = block::begin(block_); at != end; at = sequence::skip(at, width_)) {
    if (!visit(item_at(at))) return;
  }
}

template <typename Random>
FieldItem FieldView::pick(Random&& random) const {
  if (table_ != nullptr) return table_->pick(random);
  return item_at(block::at(block_, width_, random() % size() * width_));
}

}  // namespace cachekit::node::storage
