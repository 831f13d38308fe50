#include "node/storage/table.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace cachekit::node::storage {
namespace {

// Header and key of most entries end before; they often lie on two lines.
constexpr std::size_t key_bytes_read_ahead = 48;

constexpr std::size_t smallest_homes = 4;

// In thousandths of all slots. A table that starts to grow then, at the usual pace, is nowhere more
// than 91.5 % full; with steps of a twelfth, a large one is 84.5 % full or more.
constexpr std::size_t fullest = 873;

// In percent of all slots.
constexpr std::size_t emptiest = 40;
constexpr std::size_t fill_after_shrinking = 75;
constexpr std::size_t fullest_window_after_shrinking = 85;

// Buckets that are looked at together when the fullest part is sought.
constexpr std::size_t window_buckets = 64;

// A window is read for so many insertions or removals, besides what maintenance reads: many entries
// that expire together would otherwise read a window each.
constexpr std::size_t changes_for_a_window = 64;

// Homes moved with every insertion and removal while the table is resized: few, so that growing
// costs every insertion about the same.
constexpr int usual_pace = 2;

// An entry farther from its home than this says that the table is too full there, and that there
// is no time to lose. In even tables none is, up to 94 %.
constexpr unsigned far_from_home = 400;
constexpr int urgent_pace = 64;

std::size_t grown(std::size_t homes) {
  constexpr std::size_t small = 1024;
  constexpr std::size_t medium = std::size_t{64} << 10;
  if (homes < small) return homes * 2;
  return homes + (homes < medium ? homes / 4 : homes / 12);
}

}  // namespace

Table::Table(EntryReader reader) : reader_(reader), current_(smallest_homes) {}

bool Table::too_full(std::size_t more) const {
  return (size_ + more) * 1000 > current_.homes() * Bucket::slots * fullest;
}

bool Table::too_empty() const {
  return current_.homes() > smallest_homes && size_ < shrink_below_ &&
         size_ * 100 < current_.homes() * Bucket::slots * emptiest;
}

bool Table::insert(std::uint64_t hash, Handle handle) {
  resize_if_needed();
  const auto distance = array_of(position_of(hash)).insert(hash, handle);
  if (!distance) return false;
  ++size_;
  if (*distance > far_from_home) {
    if (!growing_) start_resize(current_.homes() + current_.homes() / 4, urgent_pace);
    pace_ = urgent_pace;
  }
  return true;
}

void Table::remove(std::uint64_t hash, Handle handle) {
  array_of(position_of(hash)).remove(hash, handle, reader_);
  --size_;
  resize_if_needed();
}

void Table::note_expiry(BucketArray& array, std::uint64_t hash, ExpiryTick tick) {
  if (tick == never_due) return;
  array.expiries().lower(array.home_of(position_of(hash)) / BucketArray::homes_per_group, tick);
}

void Table::expires(std::uint64_t hash, ExpiryTick tick) {
  note_expiry(array_of(position_of(hash)), hash, tick);
}

ExpiryTick Table::earliest_expiry() const {
  const ExpiryTick current = current_.expiries().earliest();
  return growing_ ? std::min(current, next_.expiries().earliest()) : current;
}

void Table::expect(std::size_t keys) {
  if (size_ > 0 || growing_) return;
  BucketArray wanted(std::max(smallest_homes, keys * 1000 / (Bucket::slots * fullest) + 1));
  if (!wanted.valid()) return;
  current_ = std::move(wanted);
  measuring_ = false;
  shrink_below_ = 0;
}

void Table::resize_if_needed() {
  if (!growing_ && too_full(1)) {
    start_resize(grown(current_.homes()), usual_pace);
  } else if (!growing_ && !measuring_ && too_empty()) {
    measuring_ = true;
    measured_ = 0;
    fullest_window_ = 0;
  }
  if (growing_) {
    move_homes();
  } else if (measuring_ && size_ % changes_for_a_window == 0) {
    measure();
  }
}

// Without address space the table stays as it is, and fills further.
void Table::start_resize(std::size_t homes, int pace) {
  next_ = BucketArray(homes);
  growing_ = next_.valid();
  measuring_ = false;
  shrink_below_ = any_size;
  moved_homes_ = 0;
  pace_ = pace;
  split_ = 0;
}

bool Table::step() {
  if (growing_) return move_homes();
  return measuring_ && measure();
}

bool Table::measure() {
  std::size_t entries = 0;
  for (std::size_t i = measured_; i < measured_ + window_buckets; ++i) {
    entries += current_.entries_in(i);  // there are more buckets than homes
  }
  fullest_window_ = std::max(fullest_window_, entries);
  measured_ += window_buckets;
  if (measured_ >= current_.homes()) shrink();
  return true;
}

void Table::shrink() {
  measuring_ = false;
  const std::size_t for_all = size_ * 100 / (Bucket::slots * fill_after_shrinking);
  const std::size_t for_fullest = current_.homes() * fullest_window_ * 100 /
                                  (window_buckets * Bucket::slots * fullest_window_after_shrinking);
  const std::size_t homes = std::max({for_all, for_fullest, smallest_homes});
  const bool worthwhile = homes * 5 < current_.homes() * 4;
  if (worthwhile && too_empty()) return start_resize(homes, usual_pace);
  shrink_below_ = size_ * 3 / 4;
}

bool Table::move_homes() {
  for (int i = 0; i < pace_ && moved_homes_ < current_.homes(); ++i) move_home();
  if (moved_homes_ < current_.homes()) {
    for (std::size_t i = 0; i < usual_pace; ++i) prefetch_home(moved_homes_ + i);
    current_.release_before(moved_homes_);
    return true;
  }
  current_ = std::exchange(next_, BucketArray());
  growing_ = false;
  split_ = 0;
  return true;
}

void Table::move_home() {
  current_.drain(moved_homes_, reader_, [&](Handle handle) {
    const std::uint64_t hash = reader_.hash(handle);
    // The new array is nowhere fuller than allowed, so probing ends.
    if (!next_.insert(hash, handle)) std::abort();
    note_expiry(next_, hash, reader_.due(handle));
  });
  split_ = current_.start_of(++moved_homes_);
}

void Table::prefetch_home(std::size_t home) const {
  current_.for_each_in(home, [&](Handle handle) {
    const char* const entry = reader_.slots->at(handle);
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + key_bytes_read_ahead);
  });
}

std::size_t Table::bytes() const {
  const std::size_t all = current_.bytes_up_to(current_.homes());
  return growing_ ? all + next_.bytes_up_to(next_.home_of(split_)) : all;
}

}  // namespace cachekit::node::storage
