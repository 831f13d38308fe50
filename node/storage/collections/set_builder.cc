#include "node/storage/collections/set_builder.h"

#include <utility>

#include "node/storage/collections/block.h"
#include "node/storage/collections/edit_slot.h"
#include "node/storage/effect_group.h"

namespace cachekit::node::storage {

void SetBuilder::add(std::string_view member) {
  if (!large_) {
    if (block::find(small_.block(), 1, member) || small_.add_member(member)) return;
    large_ = std::make_unique<FieldCollection>(ValueType::set, seed_);
    FieldView(ValueType::set, small_.block()).visit_all([this](const FieldItem& item) {
      large_->table().set(item);
      return true;
    });
  }
  large_->table().set({member, {}});
}

void SetBuilder::remove(std::string_view member) {
  if (large_) {
    large_->table().remove(member);
  } else if (const auto at = block::find(small_.block(), 1, member)) {
    small_.erase(*at, sequence::skip(*at, 1), 1);
  }
}

FieldView SetBuilder::view() {
  return large_ ? FieldView(large_->table()) : FieldView(ValueType::set, small_.block());
}

WriteOutcome SetBuilder::put(Store& store, std::string_view key, UnixMillis now) {
  const auto replaced = store.find(key, now, Lookup::write);
  const bool had_expiry = replaced && replaced->expire_at != no_expiry;
  const EffectGroup group(store.sink());
  const auto outcome = large_ ? put_large(store, key, now)
                              : store.set_block(key, ValueType::set, small_.block(), now);
  if (outcome == WriteOutcome::out_of_memory) return outcome;
  // What was there may have left its expiry.
  if (had_expiry) store.expire(key, no_expiry, now);
  tell_whole(store, key, now);
  return outcome;
}

WriteOutcome SetBuilder::put_large(Store& store, std::string_view key, UnixMillis now) {
  if (!store.make_room(now, large_->bytes())) return WriteOutcome::out_of_memory;
  return store.set_collection(key, std::move(large_), now);
}

}  // namespace cachekit::node::storage
