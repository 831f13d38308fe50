#include "node/storage/eviction/s3fifo.h"

namespace cachekit::node::storage {
namespace {

constexpr std::uint8_t count_mask = 0x03;
constexpr std::uint8_t main_flag = 0x04;
constexpr std::uint8_t highest_count = 3;
constexpr std::uint8_t uses_to_pass_on = 2;

// The small queue's part of all bytes.
constexpr std::size_t small_share = 10;

std::uint8_t count_of(std::uint8_t meter) { return meter & count_mask; }

}  // namespace

std::size_t& S3Fifo::bytes_of(std::uint8_t meter) {
  return (meter & main_flag) != 0 ? main_bytes_ : small_bytes_;
}

void S3Fifo::insert(Handle handle, std::uint64_t hash) {
  Entry entry = entry_at(*slots_, handle);
  const bool known = ghosts_.take(hash).has_value();
  entry.set_meter(known ? main_flag : 0);
  (known ? main_ : small_).push_newest(handle);
  bytes_of(entry.meter()) += entry.footprint_bytes();
  ++size_;
}

void S3Fifo::touch(Handle handle) {
  Entry entry = entry_at(*slots_, handle);
  const std::uint8_t meter = entry.meter();
  if (count_of(meter) < highest_count) entry.set_meter(static_cast<std::uint8_t>(meter + 1));
}

void S3Fifo::remove(Handle handle) {
  const Entry entry = entry_at(*slots_, handle);
  bytes_of(entry.meter()) -= entry.footprint_bytes();
  Queue::remove(*slots_, handle);
  --size_;
}

void S3Fifo::evict(Handle handle, std::uint64_t hash) {
  const bool in_main = (entry_at(*slots_, handle).meter() & main_flag) != 0;
  if (!in_main) ghosts_.add(hash, 1, size_);
  remove(handle);
}

void S3Fifo::replace(Handle from, Handle to) {
  Queue::take_place(*slots_, from, to);
  const Entry entry = entry_at(*slots_, to);
  std::size_t& bytes = bytes_of(entry.meter());
  bytes -= entry_at(*slots_, from).footprint_bytes();
  bytes += entry.footprint_bytes();
}

void S3Fifo::resize(Handle handle, std::ptrdiff_t bytes) {
  bytes_of(entry_at(*slots_, handle).meter()) += static_cast<std::size_t>(bytes);
}

void S3Fifo::move(Handle /*from*/, Handle to) { Queue::relink(*slots_, to); }

bool S3Fifo::small_is_full() const {
  return main_.empty() || small_bytes_ > (small_bytes_ + main_bytes_) / small_share;
}

Handle S3Fifo::victim() {
  while (size_ > 0) {
    const bool from_small = small_is_full() && !small_.empty();
    const Handle handle = from_small ? small_.oldest() : main_.oldest();
    if (!(from_small ? pass_on(handle) : go_round(handle))) return handle;
  }
  return no_handle;
}

// To the main queue, if it was used often enough.
bool S3Fifo::pass_on(Handle handle) {
  Entry entry = entry_at(*slots_, handle);
  if (count_of(entry.meter()) < uses_to_pass_on) return false;
  Queue::remove(*slots_, handle);
  small_bytes_ -= entry.footprint_bytes();
  entry.set_meter(main_flag);
  main_.push_newest(handle);
  main_bytes_ += entry.footprint_bytes();
  return true;
}

bool S3Fifo::go_round(Handle handle) {
  Entry entry = entry_at(*slots_, handle);
  if (count_of(entry.meter()) == 0) return false;
  entry.set_meter(static_cast<std::uint8_t>(entry.meter() - 1));
  Queue::remove(*slots_, handle);
  main_.push_newest(handle);
  return true;
}

std::optional<std::uint8_t> S3Fifo::frequency(Handle handle) const {
  return count_of(entry_at(*slots_, handle).meter());
}

}  // namespace cachekit::node::storage
