#include "node/storage/collections/list_edit.h"

#include <array>
#include <utility>

#include "node/storage/collections/block.h"
#include "node/storage/effect_group.h"

namespace cachekit::node::storage {
namespace {

bool add_all(BlockBuilder& builder, std::span<const std::string_view> values) {
  for (const std::string_view value : values) {
    if (!builder.add(value)) return false;
  }
  return true;
}

bool add_all_reversed(BlockBuilder& builder, std::span<const std::string_view> values) {
  for (std::size_t i = values.size(); i > 0; --i) {
    if (!builder.add(values[i - 1])) return false;
  }
  return true;
}

bool copy(BlockBuilder& builder, std::string_view block) {
  return block.empty() || builder.copy(block::begin(block), block::end(block), block::items(block));
}

void push_all(ListCollection& list, ListEnd end, std::span<const std::string_view> values) {
  for (const std::string_view value : values) {
    end == ListEnd::front ? list.push_front(value) : list.push_back(value);
  }
}

}  // namespace

std::size_t ListEdit::size() const {
  if (slot_.is_large()) return slot_.found->collection->size();
  return slot_.found ? block::items(slot_.block()) : 0;
}

std::unique_ptr<ListCollection> ListEdit::enlarged() const {
  auto list = std::make_unique<ListCollection>();
  const std::string_view block = slot_.block();
  if (block.empty()) return list;
  for (const char* at = block::begin(block); at != block::end(block);) {
    const std::string_view element = sequence::read(at);
    list->push_back(element);
    at = sequence::end_of(element);
  }
  return list;
}

// Makes room for a large list to grow by these; a small one finds its room when it is put.
bool ListEdit::reserve(std::span<const std::string_view> values) {
  const ListCollection* const list = large();
  if (list == nullptr) return true;
  std::size_t bytes = list->predicted_beside_bytes();
  for (const auto value : values) bytes += ListCollection::predicted_bytes(value.size());
  return slot_.reserve(bytes);
}

// A change in either form: build(BlockBuilder&) writes the changed block, and is false if it does
// not fit into one; change_large(ListCollection&) changes a large list.
template <typename Build, typename Change>
WriteOutcome ListEdit::rewrite(const Build& build, const Change& change_large) {
  if (ListCollection* const list = large()) {
    slot_.change(*list, [&] { change_large(*list); });
    return WriteOutcome::done;
  }
  BlockBuilder builder;
  if (build(builder)) return slot_.put(ValueType::list, builder.block());
  auto list = enlarged();
  change_large(*list);
  return slot_.put(std::move(list));
}

CountedOutcome ListEdit::push(ListEnd end, std::span<const std::string_view> values) {
  if (!reserve(values)) return {WriteOutcome::out_of_memory, 0};
  const std::size_t size_after = size() + values.size();
  const std::string_view block = slot_.block();
  const auto build = [&](BlockBuilder& builder) {
    return end == ListEnd::front ? add_all_reversed(builder, values) && copy(builder, block)
                                 : copy(builder, block) && add_all(builder, values);
  };
  const auto outcome = rewrite(build, [&](ListCollection& list) { push_all(list, end, values); });
  if (outcome == WriteOutcome::out_of_memory) return {outcome, 0};
  if (slot_.tells_whole()) return {outcome, size_after};
  const bool in_front = end == ListEnd::front;
  const EffectGroup group(slot_.store.sink());
  for (const std::string_view value : values) {
    tell(in_front ? Effect::Kind::list_push_front : Effect::Kind::list_push_back, value);
  }
  return {outcome, size_after};
}

CountedOutcome ListEdit::insert(std::size_t index, std::string_view value) {
  if (!reserve({&value, 1}) || !slot_.found) return {WriteOutcome::out_of_memory, 0};
  const std::size_t size_after = size() + 1;
  const std::string_view block = slot_.block();
  const auto build = [&](BlockBuilder& builder) {
    const char* const at = block::at(block, 1, index);
    return builder.copy(block::begin(block), at, index) && builder.add(value) &&
           builder.copy(at, block::end(block), block::items(block) - index);
  };
  const auto outcome = rewrite(build, [&](ListCollection& list) { list.insert(index, value); });
  if (outcome == WriteOutcome::done && !slot_.tells_whole())
    tell(Effect::Kind::list_insert, value, index);
  return {outcome, size_after};
}

WriteOutcome ListEdit::set(std::size_t index, std::string_view value) {
  if (!reserve({&value, 1}) || !slot_.found) return WriteOutcome::out_of_memory;
  const auto build = [&](BlockBuilder& builder) {
    builder.copy_all(slot_.block());
    return builder.replace(block::at(builder.block(), 1, index), value);
  };
  const auto outcome = rewrite(build, [&](ListCollection& list) { list.set(index, value); });
  if (outcome == WriteOutcome::done && !slot_.tells_whole())
    tell(Effect::Kind::list_set, value, index);
  return outcome;
}

void ListEdit::erase(std::size_t index, std::size_t count) {
  if (count == 0) return;
  if (count == size()) return remove_key();
  const auto build = [&](BlockBuilder& builder) {
    builder.copy_all(slot_.block());
    const char* const from = block::at(builder.block(), 1, index);
    builder.erase(from, sequence::skip(from, count), count);
    return true;
  };
  const auto outcome = rewrite(build, [&](ListCollection& list) { list.erase(index, count); });
  if (outcome == WriteOutcome::out_of_memory || slot_.tells_whole()) return;
  tell(Effect::Kind::list_erase, {}, index, count);
}

std::size_t ListEdit::remove_equal(std::string_view value, std::size_t limit, bool from_back) {
  if (ListCollection* const list = large()) {
    const EffectGroup group(slot_.store.sink());
    std::size_t removed = 0;
    slot_.change(*list, [&] {
      removed = list->remove_equal(value, limit, from_back, [&](std::size_t at, std::size_t count) {
        tell(Effect::Kind::list_erase, {}, at, count);
      });
    });
    if (list->size() == 0) remove_key();
    return removed;
  }
  return remove_equal_small(value, limit, from_back);
}

std::size_t ListEdit::remove_equal_small(std::string_view value, std::size_t limit,
                                         bool from_back) {
  struct Run {
    std::size_t index;
    std::size_t count;
  };
  const std::string_view block = slot_.block();
  const auto equal = sequence::count_equal(block::begin(block), block::end(block), value);
  if (equal == 0) return 0;
  const std::size_t spared = from_back && equal > limit ? equal - limit : 0;
  BlockBuilder builder;
  builder.copy_all(block);
  std::array<Run, max_block_items> runs;
  std::size_t run_count = 0;
  const std::size_t removed = builder.remove_equal(
      value, spared, limit,
      [&](std::size_t index, std::size_t count) { runs[run_count++] = {index, count}; });
  if (builder.items() == 0) {
    remove_key();
    return removed;
  }
  const auto outcome = slot_.put(ValueType::list, builder.block());
  if (outcome == WriteOutcome::out_of_memory) return 0;
  if (slot_.tells_whole()) return removed;
  const EffectGroup group(slot_.store.sink());
  for (std::size_t i = 0; i < run_count; ++i) {
    tell(Effect::Kind::list_erase, {}, runs[i].index, runs[i].count);
  }
  return removed;
}

void ListEdit::remove_key() { slot_.store.remove(slot_.key, slot_.now); }

void ListEdit::tell(Effect::Kind kind, std::string_view value, std::size_t index,
                    std::size_t count) {
  slot_.store.sink().apply({.kind = kind,
                            .type = ValueType::list,
                            .key = slot_.key,
                            .value = value,
                            .index = index,
                            .count = count});
}

}  // namespace cachekit::node::storage
