// A key with its value: one block of memory, in every structure of the store by its own links.
//
//   small value:  | Entry | key | value |
//   large value:  | Entry | Blob | key |      the bytes stand elsewhere and are shared with replies
//
// Blocks have the allocator's sizes, so a value is replaced by another that needs the same size
// without a new block. Not thread-safe; blobs are immutable.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "node/storage/effect.h"

namespace cachekit::node::storage {

/// Values from here on are blobs: a reply pins them where copying would cost more than a count.
inline constexpr std::size_t large_value_bytes = std::size_t{32} << 10;

using Blob = std::shared_ptr<const std::string>;

/// A value to store. `blob` is set if it is already one, and then `bytes` views it.
struct ValueSource {
  std::string_view bytes;
  Blob blob = nullptr;
};

struct Entry {
  static constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();

  Entry* chain = nullptr;  // next in the bucket: HashTable
  Entry* newer = nullptr;  // LruList
  Entry* older = nullptr;
  std::uint64_t hash;
  UnixMillis expire_at = no_expiry;
  std::uint32_t expiry_slot = no_slot;  // where ExpiryHeap has it
  std::uint32_t key_size;
  std::uint32_t value_size;
  bool large;

  std::string_view key() const;
  std::string_view value() const;
  const Blob* blob() const;  ///< nullptr for a small value.
  ValueSource source() const { return {value(), large ? *blob() : nullptr}; }

  bool expired(UnixMillis now) const { return expire_at != no_expiry && expire_at <= now; }

  /// What the entry takes, its blob included.
  std::size_t footprint_bytes() const;
};

/// At least footprint_bytes() of an entry with such a key and value.
std::size_t predicted_footprint_bytes(std::size_t key_size, std::size_t value_size);

Entry* create_entry(std::string_view key, std::uint64_t hash, const ValueSource& value);
void destroy_entry(Entry* entry);

/// Would a small value of this size go into the block as it is?
bool fits_in_place(const Entry& entry, std::size_t value_size);

/// Puts the value in place of the present one if the block suits it; false if it needs another.
bool replace_value(Entry& entry, const ValueSource& value);

}  // namespace cachekit::node::storage
