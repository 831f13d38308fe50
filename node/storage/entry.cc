#include "node/storage/entry.h"

#include <cassert>

namespace cachekit::node::storage {
namespace {

// Larger slots may be too large by more than a byte can say.
constexpr std::size_t largest_narrow_slot_bytes = 8192;
constexpr std::size_t longest_narrow_key_bytes = 255;
constexpr std::size_t longest_slack_bytes = 255;

std::size_t expiry_width(UnixMillis expire_at, const ExpiryClock& clock) {
  if (expire_at == no_expiry) return 0;
  return clock.is_short(expire_at) ? sizeof(std::uint32_t) : sizeof(UnixMillis);
}

}  // namespace

std::size_t Entry::bytes_for(const EntryShape& shape, const ExpiryClock& clock) {
  const std::size_t bytes =
      header_bytes + expiry_width(shape.expire_at, clock) + shape.key.size() + shape.stored_size;
  const bool wide =
      shape.key.size() > longest_narrow_key_bytes || bytes > largest_narrow_slot_bytes;
  return wide ? bytes + wide_bytes : bytes;
}

void Entry::write(const EntryShape& shape, const ExpiryClock& clock) {
  const std::size_t width = expiry_width(shape.expire_at, clock);
  const std::size_t narrow_bytes = header_bytes + width + shape.key.size() + shape.stored_size;
  const bool wide =
      shape.key.size() > longest_narrow_key_bytes || narrow_bytes > largest_narrow_slot_bytes;
  std::memset(at_, 0, header_bytes);
  store(8, static_cast<std::uint8_t>(static_cast<unsigned>(shape.type) |
                                     static_cast<unsigned>(shape.place) << 2 | width << 2 |
                                     (wide ? wide_flag : 0U)));
  if (wide) {
    store(12, static_cast<std::uint32_t>(shape.key.size()));
    store(16, static_cast<std::uint32_t>(shape.stored_size));
  } else {
    assert(slot_bytes_ >= narrow_bytes && slot_bytes_ - narrow_bytes <= longest_slack_bytes);
    store(10, static_cast<std::uint8_t>(shape.key.size()));
    store(11, static_cast<std::uint8_t>(slot_bytes_ - narrow_bytes));
  }
  store_expiry(shape.expire_at, width);
  if (!shape.key.empty()) std::memcpy(at_ + key_offset(), shape.key.data(), shape.key.size());
}

bool Entry::set_expire_at(UnixMillis expire_at, const ExpiryClock& clock) {
  const std::size_t width = expiry_width(expire_at, clock);
  if (width != key_offset() - expiry_offset()) return false;
  store_expiry(expire_at, width);
  return true;
}

void Entry::store_expiry(UnixMillis expire_at, std::size_t width) {
  if (width == sizeof(std::uint32_t)) {
    store(expiry_offset(), static_cast<std::uint32_t>(expire_at));
  } else if (width == sizeof(UnixMillis)) {
    store(expiry_offset(), expire_at);
  }
}

std::size_t Entry::outside_bytes() const {
  return place() == ValuePlace::blob ? BlobSpace::footprint_bytes(blob()->size)
                                     : collection()->bytes();
}

}  // namespace cachekit::node::storage
