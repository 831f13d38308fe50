#include "node/storage/eviction/ghost_table.h"

#include <algorithm>
#include <bit>

namespace cachekit::node::storage {
namespace {

constexpr unsigned frequency_bits = 4;

// As many cells as a store can have entries.
constexpr std::size_t most_buckets = (std::size_t{1} << 32) / GhostTable::bucket_cells;

// The upper bits, since the lower ones choose the bucket.
std::uint16_t fingerprint_of(std::uint64_t hash) {
  return static_cast<std::uint16_t>(hash >> (48 + frequency_bits));
}

// The bucket that number `at` was split from, or will be merged into.
std::size_t parent_of(std::size_t at) { return at - std::bit_floor(at); }

}  // namespace

std::size_t GhostTable::bucket_of(std::uint64_t hash) const {
  const std::size_t below = std::bit_floor(bucket_count_);
  const std::size_t number = hash & (2 * below - 1);
  return number < bucket_count_ ? number : number & (below - 1);
}

void GhostTable::add(std::uint64_t hash, std::uint8_t frequency, std::size_t entries) {
  if (!reserve()) return;
  follow(entries);
  Bucket& cells = bucket(bucket_of(hash));
  std::copy_backward(cells.begin(), cells.end() - 1, cells.end());
  cells.front() =
      static_cast<std::uint16_t>(fingerprint_of(hash) << frequency_bits |
                                 std::clamp(frequency, std::uint8_t{1}, highest_frequency));
}

std::optional<GhostTable::Ghost> GhostTable::take(std::uint64_t hash) {
  if (bucket_count_ == 0) return std::nullopt;
  Bucket& cells = bucket(bucket_of(hash));
  const std::uint16_t fingerprint = fingerprint_of(hash);
  const auto found = std::find_if(cells.begin(), cells.end(), [&](std::uint16_t cell) {
    return cell >> frequency_bits == fingerprint && cell != 0;
  });
  if (found == cells.end()) return std::nullopt;
  const Ghost ghost{.frequency = static_cast<std::uint8_t>(*found & highest_frequency),
                    .rank = static_cast<std::uint8_t>(found - cells.begin())};
  std::copy(found + 1, cells.end(), found);
  cells.back() = 0;
  return ghost;
}

// False if the system has no address space left: there are no ghosts then.
bool GhostTable::reserve() {
  if (bucket_count_ > 0) return true;
  pages_ = PageRange::reserve(most_buckets * sizeof(Bucket));
  if (pages_.data() == nullptr) return false;
  bucket_count_ = 1;
  commit(page_bytes);
  return true;
}

void GhostTable::follow(std::size_t entries) {
  if (capacity() < entries && bucket_count_ < most_buckets) {
    split();
  } else if (bucket_count_ > 1 && capacity() - bucket_cells > entries + entries / 4) {
    merge();
  }
}

void GhostTable::split() {
  commit(pages_for((bucket_count_ + 1) * sizeof(Bucket)));
  bucket(bucket_count_) = bucket(parent_of(bucket_count_));
  ++bucket_count_;
}

// The newer halves of both stay.
void GhostTable::merge() {
  --bucket_count_;
  const Bucket last = bucket(bucket_count_);
  Bucket& parent = bucket(parent_of(bucket_count_));
  const Bucket before = parent;
  for (std::size_t at = 0; at < bucket_cells / 2; ++at) {
    parent[2 * at] = before[at];
    parent[2 * at + 1] = last[at];
  }
  bucket(bucket_count_).fill(0);
  commit(pages_for(bucket_count_ * sizeof(Bucket)));
}

void GhostTable::commit(std::size_t bytes) {
  pages_.release(bytes, committed_bytes_);
  committed_bytes_ = bytes;
}

bool GhostTable::release_step(std::size_t bytes) {
  bucket_count_ = 0;
  if (committed_bytes_ == 0) return false;
  commit(committed_bytes_ - std::min(pages_for(bytes), committed_bytes_));
  return true;
}

}  // namespace cachekit::node::storage
