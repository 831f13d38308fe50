#include "node/storage/collections/field_edit.h"

#include <utility>

#include "node/storage/collections/field_view.h"
#include "node/storage/effect_group.h"

namespace cachekit::node::storage {

bool FieldEdit::reserve(const FieldWords& items) {
  const FieldTable* const present = table();
  if (present == nullptr) return true;
  std::size_t bytes = present->predicted_bucket_bytes(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) bytes += present->predicted_bytes(items[i]);
  return slot_.reserve(bytes);
}

CountedOutcome FieldEdit::add(std::span<const std::string_view> words) {
  const FieldWords items(type_, words);
  if (!reserve(items)) return {WriteOutcome::out_of_memory, 0};
  FieldTable* const present = table();
  if (present == nullptr) return add_small(items);
  const EffectGroup group(slot_.store.sink());
  std::size_t added = 0;
  slot_.change(*slot_.found->collection, [&] {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool is_new = present->set(items[i]);
      if (is_new) ++added;
      if (is_new || type_ == ValueType::hash) tell_added(items[i]);
    }
  });
  return {WriteOutcome::done, added};
}

// False if the item does not fit into one block with the others.
bool FieldEdit::add_to_block(BlockBuilder& builder, const FieldItem& item) const {
  const auto present = block::find(builder.block(), block::width_of(type_), item.field);
  if (type_ == ValueType::set) return present || builder.add_member(item.field);
  if (!present) return builder.add_pair(item.field, item.value);
  return item.value.size() <= max_block_field_bytes &&
         builder.replace(sequence::skip(*present, 1), item.value);
}

CountedOutcome FieldEdit::add_small(const FieldWords& items) {
  BlockBuilder builder;
  if (slot_.found) builder.copy_all(slot_.block());
  const std::size_t old_items = builder.items();
  std::size_t next = 0;
  while (next < items.size() && add_to_block(builder, items[next])) ++next;
  if (next < items.size()) return enlarge(builder, old_items, items, next);

  const std::size_t added = builder.items() - old_items;
  if (added == 0 && type_ == ValueType::set) return {WriteOutcome::done, 0};
  const auto outcome = slot_.put(type_, builder.block());
  if (outcome == WriteOutcome::out_of_memory) return {outcome, 0};
  if (slot_.tells_whole()) return {outcome, added};
  const EffectGroup group(slot_.store.sink());
  tell_added(builder, old_items, items);
  return {outcome, added};
}

// The block as it is becomes a table, and the items from `next` on follow.
CountedOutcome FieldEdit::enlarge(BlockBuilder& builder, std::size_t old_items,
                                  const FieldWords& items, std::size_t next) {
  auto collection = std::make_unique<FieldCollection>(type_, slot_.store.options().seed);
  FieldTable& table = collection->table();
  FieldView(type_, builder.block()).visit_all([&](const FieldItem& item) {
    table.set(item);
    return true;
  });
  std::vector<std::string_view> new_members;
  for (; next < items.size(); ++next) {
    const bool is_new = table.set(items[next]);
    if (is_new && type_ == ValueType::set) new_members.push_back(items[next].field);
  }
  const std::size_t added = table.size() - old_items;
  const auto outcome = slot_.put(std::move(collection));
  if (outcome == WriteOutcome::out_of_memory) return {outcome, 0};
  if (slot_.tells_whole()) return {outcome, added};
  const EffectGroup group(slot_.store.sink());
  tell_added(builder, old_items, items);
  for (const std::string_view member : new_members) tell_added({member, {}});
  return {outcome, added};
}

// Of a hash all items, of a set the members that the builder has beyond the old ones.
void FieldEdit::tell_added(BlockBuilder& builder, std::size_t old_items, const FieldWords& items) {
  if (type_ == ValueType::hash) {
    for (std::size_t i = 0; i < items.size(); ++i) tell_added(items[i]);
    return;
  }
  const std::string_view block = builder.block();
  for (const char* at = block::at(block, 1, old_items); at != block::end(block);) {
    const std::string_view member = sequence::read(at);
    tell_added({member, {}});
    at = sequence::end_of(member);
  }
}

std::size_t FieldEdit::remove(std::span<const std::string_view> fields) {
  if (!slot_.found) return 0;
  FieldTable* const present = table();
  if (present == nullptr) return remove_small(fields);
  const EffectGroup group(slot_.store.sink());
  std::size_t removed = 0;
  slot_.change(*slot_.found->collection, [&] {
    for (const std::string_view field : fields) {
      if (!present->remove(field)) continue;
      ++removed;
      tell_removed(field);
    }
  });
  if (present->size() == 0) remove_key();
  return removed;
}

std::size_t FieldEdit::remove_small(std::span<const std::string_view> fields) {
  const std::size_t width = block::width_of(type_);
  BlockBuilder builder;
  builder.copy_all(slot_.block());
  std::array<std::string_view, max_block_items> removed;
  std::size_t count = 0;
  for (const std::string_view field : fields) {
    const auto at = block::find(builder.block(), width, field);
    if (!at) continue;
    builder.erase(*at, sequence::skip(*at, width), 1);
    removed[count++] = field;
  }
  if (count == 0) return 0;
  if (builder.items() == 0) {
    remove_key();
    return count;
  }
  const auto outcome = slot_.put(type_, builder.block());
  if (outcome == WriteOutcome::out_of_memory) return 0;
  if (slot_.tells_whole()) return count;
  const EffectGroup group(slot_.store.sink());
  for (std::size_t i = 0; i < count; ++i) tell_removed(removed[i]);
  return count;
}

void FieldEdit::remove_key() { slot_.store.remove(slot_.key, slot_.now); }

void FieldEdit::tell_added(const FieldItem& item) {
  slot_.store.sink().apply(effect_of_adding(type_, slot_.key, item));
}

void FieldEdit::tell_removed(std::string_view field) {
  slot_.store.sink().apply(effect_of_removing(type_, slot_.key, field));
}

}  // namespace cachekit::node::storage
