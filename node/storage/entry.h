// A key with its value: the content of one slot.
//
//   | newer 4 | older 4 | form 1 | meter 1 | key size 1 | slack 1 | expiry 0, 4 or 8 | key | value
//   |
//
//   form    bits 0-1 the value's type, 2-3 where it is (here, or a pointer to a blob or a
//           collection stands here), 4-5 the expiry's width, 6 wide
//   newer, older, meter   belong to the eviction policy
//   slack   what the slot has left behind the value; so no value size is needed
//   wide    for long keys and large slots: key size and value size follow the header, 4 bytes each
//
// An expiry of 4 bytes holds the low half of Unix milliseconds. The high half follows from the
// store's clock: no entry is kept that expired before it, nor written so if it expires 49 days
// after it.
//
// Entries have no alignment.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "node/storage/blob.h"
#include "node/storage/collection.h"
#include "node/storage/effect.h"
#include "node/storage/expiry_clock.h"
#include "node/storage/slots.h"
#include "node/storage/value_type.h"

namespace cachekit::node::storage {

/// Values from here on are blobs: a reply pins them where copying would cost more than a count.
inline constexpr std::size_t large_value_bytes = std::size_t{32} << 10;

/// Longer keys are refused, so that every entry without its blob fits into a slot.
inline constexpr std::size_t longest_key_bytes = std::size_t{32} << 10;

enum class ValuePlace : std::uint8_t { here, blob, collection };

/// What an entry is to hold. `stored` are the bytes in the entry: the value or a pointer to it.
struct EntryShape {
  std::string_view key;
  std::size_t stored_size = 0;
  ValueType type = ValueType::string;
  ValuePlace place = ValuePlace::here;
  UnixMillis expire_at = no_expiry;
};

/// An entry where it lies, with the size of its slot. As cheap to pass as a pointer.
class Entry {
 public:
  Entry(char* at, std::size_t slot_bytes) : at_(at), slot_bytes_(slot_bytes) {}

  static std::size_t bytes_for(const EntryShape& shape, const ExpiryClock& clock);

  /// Lays out header, expiry and key; links and meter are 0. The caller writes stored().
  void write(const EntryShape& shape, const ExpiryClock& clock);

  std::string_view key() const { return {at_ + key_offset(), key_size()}; }
  ValueType type() const { return static_cast<ValueType>(form() & 3); }
  ValuePlace place() const { return static_cast<ValuePlace>(form() >> 2 & 3); }
  bool expires() const { return (form() & expiry_mask) != 0; }
  UnixMillis expire_at(const ExpiryClock& clock) const;

  /// False, and nothing has changed, if the expiry takes another width than the present one.
  bool set_expire_at(UnixMillis expire_at, const ExpiryClock& clock);

  /// The bytes behind the key: a value that is here, or a pointer.
  std::string_view stored() const;
  char* stored_data() { return at_ + key_offset() + key_size(); }

  detail::BlobBody* blob() const;  ///< nullptr unless place() says so, as is collection().
  Collection* collection() const;

  /// The value of a string, or a compact block.
  std::string_view value() const;

  // The policy's part.
  Handle newer() const { return load<Handle>(0); }
  Handle older() const { return load<Handle>(4); }
  void set_newer(Handle handle) { store(0, handle); }
  void set_older(Handle handle) { store(4, handle); }
  std::uint8_t meter() const { return load<std::uint8_t>(9); }
  void set_meter(std::uint8_t meter) { store(9, meter); }

  /// All that goes when the entry goes, with a blob or collection.
  std::size_t footprint_bytes() const {
    return place() == ValuePlace::here ? slot_bytes_ : slot_bytes_ + outside_bytes();
  }

 private:
  static constexpr std::size_t header_bytes = 12;
  static constexpr std::size_t wide_bytes = 8;
  static constexpr std::uint8_t expiry_mask = 0x30;
  static constexpr std::uint8_t short_expiry = 0x10;
  static constexpr std::uint8_t long_expiry = 0x20;
  static constexpr std::uint8_t wide_flag = 0x40;

  template <typename T>
  T load(std::size_t offset) const {
    T value;
    std::memcpy(&value, at_ + offset, sizeof value);
    return value;
  }
  template <typename T>
  void store(std::size_t offset, T value) {
    std::memcpy(at_ + offset, &value, sizeof value);
  }

  std::uint8_t form() const { return load<std::uint8_t>(8); }
  bool wide() const { return (form() & wide_flag) != 0; }
  std::size_t expiry_offset() const { return header_bytes + (wide() ? wide_bytes : 0); }
  std::size_t key_offset() const {
    // The width is 0, 1 or 2 times four bytes, and stands so in the form.
    return expiry_offset() + std::size_t{static_cast<std::uint8_t>(form() & expiry_mask)} / 4;
  }
  std::size_t key_size() const { return wide() ? load<std::uint32_t>(12) : load<std::uint8_t>(10); }

  void store_expiry(UnixMillis expire_at, std::size_t width);
  std::size_t outside_bytes() const;  // of a blob or collection

  template <typename T>
  T* stored_pointer() const {
    T* pointer = nullptr;
    std::memcpy(&pointer, stored().data(), sizeof pointer);
    return pointer;
  }

  char* at_;
  std::size_t slot_bytes_;
};

static_assert(Slots::mark_offset == 8);

inline Entry entry_at(const Slots& slots, Handle handle) {
  return {slots.at(handle), slots.slot_bytes(handle)};
}

inline detail::BlobBody* Entry::blob() const {
  return place() == ValuePlace::blob ? stored_pointer<detail::BlobBody>() : nullptr;
}

inline Collection* Entry::collection() const {
  return place() == ValuePlace::collection ? stored_pointer<Collection>() : nullptr;
}

inline std::string_view Entry::value() const {
  switch (place()) {
    case ValuePlace::here:
      return stored();
    case ValuePlace::blob:
      return {blob()->data, blob()->size};
    case ValuePlace::collection:
      break;
  }
  return {};
}

inline std::string_view Entry::stored() const {
  const std::size_t start = key_offset() + key_size();
  const std::size_t size =
      wide() ? load<std::uint32_t>(16) : slot_bytes_ - start - load<std::uint8_t>(11);
  return {at_ + start, size};
}

inline UnixMillis Entry::expire_at(const ExpiryClock& clock) const {
  switch (form() & expiry_mask) {
    case short_expiry:
      return clock.from_short(load<std::uint32_t>(expiry_offset()));
    case long_expiry:
      return load<UnixMillis>(expiry_offset());
    default:
      return no_expiry;
  }
}

}  // namespace cachekit::node::storage
