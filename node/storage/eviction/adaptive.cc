#include "node/storage/eviction/adaptive.h"

#include <algorithm>
#include <bit>

#include "node/storage/eviction/worth.h"

namespace cachekit::node::storage {
namespace {

constexpr std::uint8_t uses_mask = 0x0f;
constexpr std::uint8_t touched_flag = 0x10;

static_assert(most_uses <= GhostTable::highest_frequency);

// Ghosts that count as gone a short while ago: the newer quarter.
constexpr unsigned recent_ranks = GhostTable::bucket_cells / 4;

// What was used often and has been evicted all the same starts with no more than this, so that
// nothing gets to the top by coming back alone.
constexpr std::uint8_t most_returning_uses = 4;

// A lucky newcomer counts as used twice, a lucky one that comes back is kept so much longer.
constexpr std::uint64_t newcomers_for_a_lucky_one = 64;
constexpr std::uint64_t returning_for_a_lucky_one = 16;
constexpr std::uint64_t lucky_factor = 4;

std::uint8_t uses_of(std::uint8_t meter) { return meter & uses_mask; }

std::uint8_t one_more(std::uint8_t uses) {
  return uses < most_uses ? static_cast<std::uint8_t>(uses + 1) : uses;
}

bool other_magnitude(std::size_t bytes, std::size_t other) {
  return std::bit_width(bytes) != std::bit_width(other);
}

}  // namespace

std::uint64_t Adaptive::worth(Handle handle, std::uint32_t newcomer) const {
  const Entry entry = entry_at(*slots_, handle);
  return worth_of({.uses = uses_of(entry.meter()),
                   .newcomer = newcomer,
                   .bytes = entry.footprint_bytes(),
                   .mean_bytes = entry_bytes_ / size_});
}

void Adaptive::place(Handle handle) { wheel_.place(handle, worth(handle, newcomer_.value())); }

void Adaptive::insert(Handle handle, std::uint64_t hash) {
  const auto ghost = ghosts_.take(hash);
  if (ghost && ghost->rank < recent_ranks) newcomer_.note_return(ghost->frequency > 1);
  Entry entry = entry_at(*slots_, handle);
  entry.set_meter(ghost ? std::min(one_more(ghost->frequency), most_returning_uses) : 1);
  ++size_;
  entry_bytes_ += entry.footprint_bytes();
  place_first(handle, !ghost);
}

void Adaptive::place_first(Handle handle, bool is_newcomer) {
  if (is_newcomer) {
    const bool lucky = luck_.once_in(newcomers_for_a_lucky_one);
    wheel_.place(handle, worth(handle, lucky ? NewcomerWorth::one : newcomer_.value()));
  } else {
    const bool lucky = luck_.once_in(returning_for_a_lucky_one);
    wheel_.place(handle, worth(handle, newcomer_.value()) * (lucky ? lucky_factor : 1));
  }
}

void Adaptive::touch(Handle handle) {
  Entry entry = entry_at(*slots_, handle);
  const std::uint8_t meter = entry.meter();
  // Hot entries have the flag already, and their lines stay clean.
  if ((meter & touched_flag) == 0) entry.set_meter(meter | touched_flag);
}

void Adaptive::remove(Handle handle) {
  Queue::remove(*slots_, handle);
  --size_;
  entry_bytes_ -= entry_at(*slots_, handle).footprint_bytes();
}

void Adaptive::evict(Handle handle, std::uint64_t hash) {
  const std::uint8_t uses = uses_of(entry_at(*slots_, handle).meter());
  newcomer_.note_eviction(uses > 1, size_);
  ghosts_.add(hash, uses, size_);
  remove(handle);
}

// A deadline follows a change of size only if that is large.
void Adaptive::replace(Handle from, Handle to) {
  const Entry before = entry_at(*slots_, from);
  Entry after = entry_at(*slots_, to);
  entry_bytes_ += after.footprint_bytes() - before.footprint_bytes();
  if (!other_magnitude(before.footprint_bytes(), after.footprint_bytes())) {
    return Queue::take_place(*slots_, from, to);
  }
  Queue::remove(*slots_, from);
  after.set_meter(before.meter());
  place(to);
}

void Adaptive::resize(Handle handle, std::ptrdiff_t bytes) {
  entry_bytes_ += static_cast<std::size_t>(bytes);
  const std::size_t present = entry_at(*slots_, handle).footprint_bytes();
  if (!other_magnitude(present, present - static_cast<std::size_t>(bytes))) return;
  Queue::remove(*slots_, handle);
  place(handle);
}

void Adaptive::move(Handle /*from*/, Handle to) { Queue::relink(*slots_, to); }

Handle Adaptive::victim() {
  while (true) {
    const Handle handle = wheel_.due();
    if (handle == no_handle) return no_handle;
    Entry entry = entry_at(*slots_, handle);
    const std::uint8_t meter = entry.meter();
    if ((meter & touched_flag) == 0) return handle;
    entry.set_meter(one_more(uses_of(meter)));
    Queue::remove(*slots_, handle);
    place(handle);
  }
}

std::optional<std::uint8_t> Adaptive::frequency(Handle handle) const {
  const std::uint8_t meter = entry_at(*slots_, handle).meter();
  return (meter & touched_flag) != 0 ? one_more(uses_of(meter)) : uses_of(meter);
}

}  // namespace cachekit::node::storage
