#include "node/storage/collections/apply.h"

#include <algorithm>
#include <array>

#include "node/storage/collections/field_edit.h"
#include "node/storage/collections/list_edit.h"
#include "node/storage/collections/list_view.h"

namespace cachekit::node::storage {
namespace {

using Kind = Effect::Kind;

// Before every expiry: the other store decides what has expired.
constexpr UnixMillis before_all_time = 0;

ValueType type_of(Kind kind) {
  switch (kind) {
    case Kind::set_add:
    case Kind::set_remove:
      return ValueType::set;
    case Kind::hash_set:
    case Kind::hash_remove:
      return ValueType::hash;
    default:
      return ValueType::list;
  }
}

// The other store had the memory for it; a refusal here is one of this store's own limit.
void ignore(WriteOutcome) {}
void ignore(const CountedOutcome&) {}

void apply_to_list(Store& store, const Effect& effect, const std::optional<EntryView>& found) {
  ListEdit edit(store, effect.key, found, before_all_time);
  const std::size_t size = ListView(found).size();
  switch (effect.kind) {
    case Kind::list_push_front:
      return ignore(edit.push(ListEnd::front, {&effect.value, 1}));
    case Kind::list_push_back:
      return ignore(edit.push(ListEnd::back, {&effect.value, 1}));
    case Kind::list_insert:
      if (found && effect.index <= size) ignore(edit.insert(effect.index, effect.value));
      return;
    case Kind::list_set:
      if (effect.index < size) ignore(edit.set(effect.index, effect.value));
      return;
    default:
      if (effect.index >= size) return;
      return edit.erase(effect.index, std::min(effect.count, size - effect.index));
  }
}

void apply_to_fields(Store& store, const Effect& effect, const std::optional<EntryView>& found) {
  FieldEdit edit(store, type_of(effect.kind), effect.key, found, before_all_time);
  const std::array pair{effect.field, effect.value};
  switch (effect.kind) {
    case Kind::set_add:
      return ignore(edit.add({&effect.value, 1}));
    case Kind::set_remove:
      edit.remove({&effect.value, 1});
      return;
    case Kind::hash_set:
      return ignore(edit.add(pair));
    default:
      edit.remove({&effect.field, 1});
      return;
  }
}

}  // namespace

void apply_to_collection(Store& store, const Effect& effect) {
  const auto found = store.find(effect.key, before_all_time, Lookup::write);
  const ValueType type = type_of(effect.kind);
  if (found && found->type != type) return;
  if (type == ValueType::list) return apply_to_list(store, effect, found);
  apply_to_fields(store, effect, found);
}

}  // namespace cachekit::node::storage
