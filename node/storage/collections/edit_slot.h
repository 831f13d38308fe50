// The key that an edit works on, and the steps that all edits share.
//
// A large collection is changed in place, and nothing may refuse that half way: so room is made
// before, which may evict the key itself. Then it is as if it had been evicted before the command.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "node/storage/store.h"

namespace cachekit::node::storage {

/// What became of a change, and how many elements it concerned.
struct [[nodiscard]] CountedOutcome {
  WriteOutcome outcome = WriteOutcome::done;
  std::size_t count = 0;
};

struct EditSlot {
  Store& store;
  std::string_view key;
  std::optional<EntryView> found;  ///< As the store's find() has just answered.
  UnixMillis now;

  bool is_large() const { return found && found->collection != nullptr; }
  std::string_view block() const { return found ? found->value : std::string_view(); }

  /// Makes room for a large collection to grow, and looks the key up again. False if out of memory.
  bool reserve(std::size_t bytes) {
    if (store.options().max_memory_bytes == 0) return true;
    if (!store.make_room(now, bytes)) return false;
    found = store.find(key, now, Lookup::write);
    return true;
  }

  /// Changes a large collection in place.
  template <typename Change>
  void change(Collection& collection, const Change& how) {
    const std::size_t bytes_before = collection.bytes();
    how();
    store.resized(key, bytes_before);
  }

  /// `found` is no longer to be used after these two.
  WriteOutcome put(ValueType type, std::string_view block) {
    return store.set_block(key, type, block, now);
  }
  WriteOutcome put(std::unique_ptr<Collection> collection) {
    if (!store.make_room(now, collection->bytes())) return WriteOutcome::out_of_memory;
    return store.set_collection(key, std::move(collection), now);
  }
};

}  // namespace cachekit::node::storage
