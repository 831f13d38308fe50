// What a store does when nobody asks: expiry, freeing, resizing, giving memory back.

#include <algorithm>

#include "node/storage/store.h"

namespace cachekit::node::storage {
namespace {

// Free slots stay for the next entries up to an eighth of all, or this much.
constexpr std::size_t kept_free_bytes = std::size_t{1} << 20;
constexpr std::size_t kept_free_share = 8;

// Giving some pages back is worth so many other steps.
constexpr std::size_t steps_of_freeing = 8;

// Two buckets' entries.
constexpr std::size_t steps_of_resizing = 22;

}  // namespace

bool Store::maintain(UnixMillis now, std::size_t steps) {
  const std::size_t used_before = used_memory_bytes();
  std::size_t done = 0;
  while (done < steps) {
    const std::size_t more = maintain_once(now);
    if (more == 0) break;
    done += more;
  }
  // A lowered limit is neared, and never left again: what it has taken itself must go, and what a
  // removal has taken.
  settle_limit(std::min({used_before, used_memory_bytes(), limit_in_force_}));
  return done >= steps;
}

std::size_t Store::maintain_once(UnixMillis now) {
  if (const std::size_t reaped = reap(now); reaped > 0) return reaped;
  if (graveyard_.free_step() || blobs_.free_step()) return steps_of_freeing;
  if (over_limit() && free_something(now)) return 1;
  if (keyspace_->table().step()) {
    make_room(now);  // for a page of the new buckets
    return steps_of_resizing;
  }
  if (wastes_memory()) {
    keyspace_->compact_step();
    return 1;
  }
  return 0;
}

bool Store::wastes_memory() const {
  const Slots& slots = keyspace_->slots();
  const std::size_t free_bytes = slots.bytes() - slots.taken_bytes();
  return keyspace_->can_compact() &&
         free_bytes > std::max(kept_free_bytes, slots.bytes() / kept_free_share);
}

// Removes what has expired in one group of entries that is due, and notes when it is due again.
std::size_t Store::reap(UnixMillis now) {
  if (follows_) return 0;
  ExpiryClock& clock = keyspace_->clock();
  const ExpiryTick now_tick = clock.now_tick(now);
  ExpiryTick next = never_due;
  std::size_t seen = 0;
  expired_.clear();
  const bool due = keyspace_->table().visit_due(
      now_tick,
      [&](Handle handle) {
        ++seen;
        const Entry entry = keyspace_->entry(handle);
        if (!entry.expires()) return;
        const UnixMillis expire_at = entry.expire_at(clock);
        if (expire_at <= now) {
          expired_.push_back(handle);
        } else {
          // After the present tick, even if the clock has been set back.
          next = std::min(next, std::max(clock.tick_of(expire_at), now_tick + 1));
        }
      },
      [&] { return next; });
  if (!due) {
    clock.advance(clock.time_of(now_tick));
    return 0;
  }
  for (const Handle handle : expired_) discard(handle, Effect::Cause::expired);
  return 1 + seen / 8 + expired_.size();
}

}  // namespace cachekit::node::storage
