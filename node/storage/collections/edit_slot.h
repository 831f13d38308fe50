// The key that an edit works on, and the steps that all edits share.
//
// Making room may evict the very key that is being changed. A large collection is changed in place,
// and nothing may refuse that half way: so room is made before, and the key looked up again; if it
// is gone, then as if it had been evicted before the command. A small one is put as a whole, which
// makes the room itself: if that has evicted anything, the sink is told the whole value, since for
// it the key may have been gone.

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
  bool evicted_by_put = false;

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

  // `found` is no longer to be used after these two.

  WriteOutcome put(ValueType type, std::string_view block) {
    const std::uint64_t evicted_before = store.statistics().evicted_keys;
    const auto outcome = store.set_block(key, type, block, now);
    evicted_by_put = store.statistics().evicted_keys != evicted_before;
    return outcome;
  }

  WriteOutcome put(std::unique_ptr<Collection> collection) {
    const std::uint64_t evicted_before = store.statistics().evicted_keys;
    if (!store.make_room(now, collection->bytes())) return WriteOutcome::out_of_memory;
    const auto outcome = store.set_collection(key, std::move(collection), now);
    evicted_by_put = store.statistics().evicted_keys != evicted_before;
    return outcome;
  }

  /// After a put: tells the sink the whole value if it may know nothing of the key; false if it
  /// only has to be told what has changed.
  bool tells_whole();
};

/// Tells the sink all that a collection holds, if the key is there: as if it had just been set.
void tell_whole(Store& store, std::string_view key, UnixMillis now);

}  // namespace cachekit::node::storage
