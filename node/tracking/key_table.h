// Which clients have read which keys, so that they can be told of the next change.
//
// A key's entry is one block of a FieldTable: a link, the key, and four bytes for each client, in
// ascending order; it goes with the first change. Clients that have left are not looked for: their
// numbers are dropped when an entry has doubled, so an entry holds at most about twice as many as
// there are clients. Remembering and taking are O(1), but for the clients of one key: O(log n) to
// find one, a copy of 4n bytes to add one.
//
// Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/tracking/client_tracking.h"

namespace cachekit::node::storage {

class FieldTable;

}  // namespace cachekit::node::storage

namespace cachekit::node::tracking {

class KeyTable {
 public:
  using IsThere = std::function<bool(TrackerNumber)>;

  /// `is_there` says whether a client of that number still wants to be told.
  KeyTable(std::uint64_t seed, IsThere is_there);
  ~KeyTable();

  void remember(std::string_view key, TrackerNumber client);

  /// Forgets the key and returns who is to be told, until the next call.
  std::span<const TrackerNumber> take(std::string_view key);

  /// Any key, each with the same probability; there is one. `random` draws 64-bit numbers.
  std::string pick(const std::function<std::uint64_t()>& random) const;

  /// Forgets all keys at once; the memory comes back by free_step().
  void clear();

  /// Frees an entry or a page of what clear() left; false if nothing is left.
  bool free_step();

  std::size_t size() const;

  /// Clients of all keys together.
  std::size_t items() const { return items_; }

  /// As the allocator counts them, what clear() left included.
  std::size_t bytes() const;

 private:
  using Table = storage::FieldTable;

  void add(std::string_view key, std::string_view numbers, std::size_t place, TrackerNumber client);

  std::uint64_t seed_;
  IsThere is_there_;
  std::unique_ptr<Table> table_;  // none before the first key
  std::vector<std::unique_ptr<Table>> cleared_;
  std::size_t items_ = 0;
  std::vector<TrackerNumber> numbers_;  // of the entry at hand
};

}  // namespace cachekit::node::tracking
