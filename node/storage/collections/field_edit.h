// Changes of a set or hash, small or large: chooses between the two forms, tells the sink what has
// changed, and removes the key when nothing is left.
//
// An edit is made from what the store has just found, serves one command, and is then used up: the
// store may have moved everything. A change that is refused for want of memory has changed nothing;
// taking away is never refused.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "node/storage/collections/block.h"
#include "node/storage/collections/block_builder.h"
#include "node/storage/collections/edit_slot.h"
#include "node/storage/collections/field_collection.h"

namespace cachekit::node::storage {

/// The members, or the fields and values in turn, that words stand for.
class FieldWords {
 public:
  FieldWords(ValueType type, std::span<const std::string_view> words)
      : words_(words), width_(block::width_of(type)) {}

  std::size_t size() const { return words_.size() / width_; }
  FieldItem operator[](std::size_t index) const {
    const std::size_t at = index * width_;
    return {words_[at], width_ == 2 ? words_[at + 1] : std::string_view()};
  }

 private:
  std::span<const std::string_view> words_;
  std::size_t width_;
};

class FieldEdit {
 public:
  /// `found` is nothing or of this type.
  FieldEdit(Store& store, ValueType type, std::string_view key,
            const std::optional<EntryView>& found, UnixMillis now)
      : slot_{store, key, found, now}, type_(type) {}

  // What is given must not lie in the store.

  /// Adds members, or sets fields, one after the other; creates what does not exist. Counts those
  /// that are new.
  CountedOutcome add(std::span<const std::string_view> words);

  /// Counts those that were there.
  std::size_t remove(std::span<const std::string_view> fields);

 private:
  FieldTable* table() {
    return slot_.is_large() ? &static_cast<FieldCollection*>(slot_.found->collection)->table()
                            : nullptr;
  }
  bool reserve(const FieldWords& items);
  bool add_to_block(BlockBuilder& builder, const FieldItem& item) const;
  CountedOutcome add_small(const FieldWords& items);
  CountedOutcome enlarge(BlockBuilder& builder, std::size_t old_items, const FieldWords& items,
                         std::size_t next);
  void tell_added(BlockBuilder& builder, std::size_t old_items, const FieldWords& items);
  std::size_t remove_small(std::span<const std::string_view> fields);
  void remove_key();
  void tell_added(const FieldItem& item);
  void tell_removed(std::string_view field);

  EditSlot slot_;
  ValueType type_;
};

}  // namespace cachekit::node::storage
