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

std::uint8_t uses_of(std::uint8_t meter) { return meter & uses_mask; }

std::uint8_t one_more(std::uint8_t uses) {
  return uses < most_uses ? static_cast<std::uint8_t>(uses + 1) : uses;
}

bool other_magnitude(std::size_t bytes, std::size_t other) {
  return std::bit_width(bytes) != std::bit_width(other);
}

}  // namespace

void Adaptive::place(Handle handle) {
  const Entry entry = entry_at(*slots_, handle);
  wheel_.place(handle, worth_of({.uses = uses_of(entry.meter()),
                                 .newcomer = newcomer_.value(),
                                 .bytes = entry.footprint_bytes(),
                                 .mean_bytes = entry_bytes_ / size_}));
}

void Adaptive::insert(Handle handle, std::uint64_t hash) {
  std::uint8_t uses = 1;
  if (const auto ghost = ghosts_.take(hash)) {
    uses = one_more(ghost->frequency);
    if (ghost->rank < recent_ranks) newcomer_.note_return(ghost->frequency > 1);
  }
  Entry entry = entry_at(*slots_, handle);
  entry.set_meter(uses);
  ++size_;
  entry_bytes_ += entry.footprint_bytes();
  place(handle);
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
