#include "node/storage/bucket_array.h"

#include <cassert>

namespace cachekit::node::storage {
namespace {

// Buckets behind the last home, which entries of the last homes may reach.
constexpr std::size_t extra_buckets = Bucket::longest_reach + 1;

// So many bytes at least are given back at once.
constexpr std::size_t release_unit_bytes = std::size_t{64} << 10;

}  // namespace

BucketArray::BucketArray(std::size_t homes)
    : pages_(PageRange::reserve((homes + extra_buckets) * sizeof(Bucket))),
      homes_(homes),
      expiries_((homes + homes_per_group - 1) / homes_per_group) {}

Position BucketArray::start_of(std::size_t home) const {
  const auto scaled = static_cast<Uint128>(home) << position_bits;
  return static_cast<Position>((scaled + homes_ - 1) / homes_);
}

Handle BucketArray::find(std::string_view key, std::uint64_t hash,
                         const EntryReader& reader) const {
  const Bucket* at = &bucket(home_of(position_of(hash)));
  const unsigned reach = at->reach();
  const std::uint8_t tag = tag_of(hash);
  for (unsigned distance = 0; distance <= reach; ++distance, ++at) {
    for (unsigned bits = at->matching(tag); bits != 0; bits &= bits - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(bits));
      if (at->distance(slot) != std::min(distance, Bucket::far)) continue;
      if (reader.key(at->handles[slot]) == key) return at->handles[slot];
    }
  }
  return no_handle;
}

Handle BucketArray::candidate(std::uint64_t hash) const {
  const Bucket& home = bucket(home_of(position_of(hash)));
  const unsigned bits = home.matching(tag_of(hash));
  return bits == 0 ? no_handle : home.handles[static_cast<unsigned>(std::countr_zero(bits))];
}

std::optional<unsigned> BucketArray::insert(std::uint64_t hash, Handle handle) {
  Bucket& home = bucket(home_of(position_of(hash)));
  Bucket* at = &home;
  for (unsigned distance = 0; distance <= Bucket::longest_reach; ++distance, ++at) {
    const unsigned empty = at->empty_slots();
    if (empty == 0) continue;
    at->put(static_cast<unsigned>(std::countr_zero(empty)), tag_of(hash), handle, distance);
    if (distance > home.reach()) home.set_reach(distance);
    return distance;
  }
  return std::nullopt;
}

BucketArray::Spot BucketArray::spot_of(std::uint64_t hash, Handle handle) const {
  const std::uint8_t tag = tag_of(hash);
  for (std::size_t number = home_of(position_of(hash));; ++number) {
    assert(number < homes_ + extra_buckets);
    for (unsigned bits = bucket(number).matching(tag); bits != 0; bits &= bits - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(bits));
      if (bucket(number).handles[slot] == handle) return {number, slot};
    }
  }
}

void BucketArray::replace(std::uint64_t hash, Handle from, Handle to) {
  const Spot spot = spot_of(hash, from);
  bucket(spot.bucket).handles[spot.slot] = to;
}

void BucketArray::remove(std::uint64_t hash, Handle handle, const EntryReader& reader) {
  const std::size_t home = home_of(position_of(hash));
  const Spot spot = spot_of(hash, handle);
  bucket(spot.bucket).clear(spot.slot);
  lower_reach(home, static_cast<unsigned>(spot.bucket - home), reader);
  draw_back_into(spot, reader);
}

// An entry of `home` at that distance has gone: is its reach shorter now?
void BucketArray::lower_reach(std::size_t home, unsigned distance, const EntryReader& reader) {
  const unsigned reach = bucket(home).reach();
  if (distance == 0 || distance + (reach > Bucket::exact_reach ? Bucket::reach_step : 1) <= reach) {
    return;
  }
  distance = reach;
  while (distance > 0 && !has_at(home, distance, reader)) --distance;
  bucket(home).set_reach(distance);
}

bool BucketArray::has_at(std::size_t home, unsigned distance, const EntryReader& reader) const {
  const Bucket& at = bucket(home + distance);
  for (unsigned bits = at.taken_slots(); bits != 0; bits &= bits - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(bits));
    if (at.distance(slot) != std::min(distance, Bucket::far)) continue;
    if (distance < Bucket::far || home_at({home + distance, slot}, reader) == home) return true;
  }
  return false;
}

std::size_t BucketArray::home_at(Spot spot, const EntryReader& reader) const {
  const Bucket& at = bucket(spot.bucket);
  const unsigned distance = at.distance(spot.slot);
  if (distance < Bucket::far) return spot.bucket - distance;
  return home_of(position_of(reader.hash(at.handles[spot.slot])));
}

// Moves an entry of the next bucket that does not lie in its home into the hole, and so on.
void BucketArray::draw_back_into(Spot hole, const EntryReader& reader) {
  while (true) {
    const std::size_t number = hole.bucket + 1;
    if (number >= homes_ + extra_buckets) return;
    Bucket& next = bucket(number);
    unsigned bits = next.taken_slots();
    while (bits != 0 && next.distance(static_cast<unsigned>(std::countr_zero(bits))) == 0) {
      bits &= bits - 1;
    }
    if (bits == 0) return;
    const auto slot = static_cast<unsigned>(std::countr_zero(bits));
    const std::size_t home = home_at({number, slot}, reader);
    const auto distance = static_cast<unsigned>(hole.bucket - home);
    bucket(hole.bucket).put(hole.slot, next.tags[slot], next.handles[slot], distance);
    next.clear(slot);
    lower_reach(home, distance + 1, reader);
    hole = {number, slot};
  }
}

void BucketArray::release_before(std::size_t home) {
  const std::size_t end = home * sizeof(Bucket) / page_bytes * page_bytes;
  if (end < released_bytes_ + release_unit_bytes) return;
  pages_.release(released_bytes_, end);
  released_bytes_ = end;
}

std::size_t BucketArray::bytes_up_to(std::size_t home) const {
  if (!valid()) return 0;
  return pages_for((home + 1) * sizeof(Bucket)) - released_bytes_ + expiries_.bytes();
}

bool BucketArray::release_step(std::size_t bytes) {
  const std::size_t end = pages_for(homes_ * sizeof(Bucket));
  if (released_bytes_ >= end) return false;
  const std::size_t next = std::min(released_bytes_ + pages_for(bytes), end);
  pages_.release(released_bytes_, next);
  released_bytes_ = next;
  return true;
}

}  // namespace cachekit::node::storage
