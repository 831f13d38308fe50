// What clients in broadcast mode have asked for: prefixes of keys, who wants to hear of them, and
// which keys under them have changed in this turn of the loop.
//
// A change costs one look-up for each length that a prefix has. Keys are gathered until the turn
// ends, each once; if they are too many, one message says that everything may have changed.
//
// Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "node/connection.h"
#include "node/storage/key_hasher.h"

namespace cachekit::node::tracking {

class PrefixTable {
 public:
  /// Bytes of keys that are gathered under one prefix in a turn; with more, one message for all
  /// keys is cheaper for everybody.
  static constexpr std::size_t most_gathered_bytes = std::size_t{4} << 20;

  struct Hash {
    const storage::KeyHasher* hasher;
    std::size_t operator()(const std::string& key) const { return (*hasher)(key); }
  };

  struct Changes {
    /// Each key with the connection that changed it last; 0: none did, it expired or was evicted.
    std::unordered_map<std::string, ConnectionId, Hash> keys;
    std::size_t bytes = 0;
    bool too_many = false;  ///< Then there are no keys.

    bool empty() const { return keys.empty() && !too_many; }
  };

  explicit PrefixTable(std::uint64_t seed) : hasher_(seed) {}

  PrefixTable(const PrefixTable&) = delete;
  PrefixTable& operator=(const PrefixTable&) = delete;

  void add(std::string_view prefix, ConnectionId client);
  void remove(std::string_view prefix, ConnectionId client);

  /// The key has changed. `writer`: see Changes.
  void note(std::string_view key, ConnectionId writer);

  /// Calls visit(client, changes) for everybody under whose prefixes something has changed, in the
  /// order of prefixes, and forgets the changes.
  template <typename Visit>
  void take_changes(const Visit& visit) {
    if (!changed_) return;
    changed_ = false;
    for (auto& [prefix, entry] : prefixes_) {
      if (entry.changes.empty()) continue;
      for (const ConnectionId client : entry.clients) visit(client, entry.changes);
      entry.changes = no_changes();
    }
  }

  bool has_changes() const { return changed_; }
  bool empty() const { return prefixes_.empty(); }
  std::size_t size() const { return prefixes_.size(); }

 private:
  struct Entry {
    std::set<ConnectionId> clients;
    Changes changes;
  };

  Changes no_changes() const { return {.keys = decltype(Changes::keys)(0, Hash{&hasher_})}; }
  static void note(Changes& changes, std::string_view key, ConnectionId writer);

  storage::KeyHasher hasher_;
  std::map<std::string, Entry, std::less<>> prefixes_;
  std::map<std::size_t, std::size_t> lengths_;  // how many prefixes have it
  bool changed_ = false;
};

/// Whether both stand before the same keys.
inline bool overlap(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

}  // namespace cachekit::node::tracking
