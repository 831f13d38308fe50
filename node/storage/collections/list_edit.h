// Changes of a list, small or large: chooses between the two forms, tells the sink what has
// changed, and removes the key when nothing is left.
//
// An edit is made from what the store has just found, serves one command, and is then used up: the
// store may have moved everything. A change that is refused for want of memory has changed nothing;
// taking away is never refused.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "node/storage/collections/block_builder.h"
#include "node/storage/collections/edit_slot.h"
#include "node/storage/collections/list_collection.h"

namespace cachekit::node::storage {

enum class ListEnd : std::uint8_t { front, back };

class ListEdit {
 public:
  /// `found` is nothing or a list.
  ListEdit(Store& store, std::string_view key, const std::optional<EntryView>& found,
           UnixMillis now)
      : slot_{store, key, found, now} {}

  // What is given must not lie in the store.

  /// One value after the other; creates the list if there is none. Counts what the list then has.
  CountedOutcome push(ListEnd end, std::span<const std::string_view> values);

  /// index <= size. Counts what the list then has.
  CountedOutcome insert(std::size_t index, std::string_view value);

  WriteOutcome set(std::size_t index, std::string_view value);  ///< index < size
  /// index + count <= size
  void erase(std::size_t index, std::size_t count);

  /// Removes the first or the last `limit` elements that equal `value`, and counts them.
  std::size_t remove_equal(std::string_view value, std::size_t limit, bool from_back);

 private:
  ListCollection* large() {
    return slot_.is_large() ? static_cast<ListCollection*>(slot_.found->collection) : nullptr;
  }
  std::size_t size() const;
  std::unique_ptr<ListCollection> enlarged() const;

  bool reserve(std::span<const std::string_view> values);

  template <typename Build, typename Change>
  WriteOutcome rewrite(const Build& build, const Change& change_large);
  std::size_t remove_equal_small(std::string_view value, std::size_t limit, bool from_back);
  void remove_key();
  void tell(Effect::Kind kind, std::string_view value, std::size_t index = 0,
            std::size_t count = 0);

  EditSlot slot_;
};

}  // namespace cachekit::node::storage
