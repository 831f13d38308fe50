// Where entries lie: slots of close sizes, named by 32-bit handles.
//
// All slots of one size class form one dense array, which grows and shrinks at its end alone, page
// by page. Its address space is reserved in blocks of 65,536 slots; memory is taken by touching a
// page and given back by releasing it. So a class wastes half a page on average, there are no slab
// tails, slots need no alignment, and memory passes between classes a page at a time.
//
//   handle  | block, 16 bits | slot, 16 bits |      blocks: | base, slot size, class |
//
// A freed slot stays where it is, as the first choice of the next entry of its size or of one a
// little smaller. Only when another class needs the memory does compaction move entries from the
// end of the array into such holes; their owner hears of every move.
//
// Cost: allocate and free O(1); compaction one copy a step. Not thread-safe.

#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "node/storage/pages.h"
#include "node/storage/size_classes.h"

namespace cachekit::node::storage {

using Handle = std::uint32_t;

inline constexpr Handle no_handle = 0;

class Slots {
 public:
  static constexpr std::uint32_t slots_per_block = 65536;

  /// Handles 1 to fixed_slots are slots of 16 bytes that always exist, zeroed, for whoever needs
  /// an anchor that can be linked like an entry.
  static constexpr Handle fixed_slots = 255;

  /// In a free slot, and never in a taken one, the byte at mark_offset is free_mark.
  static constexpr std::size_t mark_offset = 8;
  static constexpr unsigned char free_mark = 0xff;

  Slots();
  Slots(Slots&&) noexcept;
  Slots& operator=(Slots&&) noexcept;
  ~Slots();

  char* at(Handle handle) const {
    const Block& block = blocks_[handle / slots_per_block];
    return block.base + std::size_t{handle % slots_per_block} * block.slot_bytes;
  }

  std::size_t slot_bytes(Handle handle) const {
    return blocks_[handle / slots_per_block].slot_bytes;
  }

  /// Is a slot of this size what allocate(bytes) could have returned?
  static bool suits(std::size_t slot_bytes, std::size_t bytes);

  /// A slot of at least `bytes`, which are at most largest_slot_bytes. no_handle if handles or
  /// address space have run out. The slot's bytes are undefined.
  Handle allocate(std::size_t bytes);
  void free(Handle handle);

  /// What allocate(bytes) would add to bytes(): 0 where a free slot suits.
  std::size_t growth_bytes(std::size_t bytes) const;

  /// All memory that the slots take, in pages.
  std::size_t bytes() const { return committed_bytes_; }

  /// Memory that taken slots fill.
  std::size_t taken_bytes() const { return taken_bytes_; }

  /// Would compaction give at least a page back?
  bool can_compact() const { return compactable_count_ > 0; }

  /// Moves at most one slot's content and calls moved(from, to) after that, then releases what
  /// pages have become free. To be called only if can_compact().
  template <typename Moved>
  void compact_step(const Moved& moved);

  /// Visits taken slots one by one; start with a default cursor. no_handle at the end.
  struct Cursor {
    std::size_t size_class = 0;
    std::uint32_t index = 0;
  };
  Handle next(Cursor& cursor) const;

  /// Gives at most `bytes` of memory back, for whoever no longer looks at any slot. False once
  /// nothing is left.
  bool release_step(std::size_t bytes);

 private:
  struct Block {
    char* base = nullptr;
    std::uint32_t slot_bytes = 0;
    std::uint16_t size_class = 0;
  };

  struct SizeClass {
    std::vector<std::uint16_t> blocks;
    std::uint32_t count = 0;  // slots of the array, taken or free
    std::uint32_t free_count = 0;
    Handle first_free = no_handle;
    std::size_t committed_bytes = 0;
  };

  struct FreeLinks {
    Handle next;
    Handle previous;
  };

  // A class that is not much too large for such an entry and has a free slot; count if none.
  std::size_t class_with_free_slot(std::size_t bytes) const;
  std::size_t commit_bytes(const SizeClass& of, std::size_t slot_bytes) const;
  Handle append(std::size_t size_class);
  bool add_block(std::size_t size_class);

  Handle handle_of(const SizeClass& of, std::uint32_t index) const {
    return Handle{of.blocks[index / slots_per_block]} * slots_per_block + index % slots_per_block;
  }
  bool is_free(Handle handle) const {
    return static_cast<unsigned char>(at(handle)[mark_offset]) == free_mark;
  }
  FreeLinks links_of(Handle handle) const;
  void set_links(Handle handle, FreeLinks links);
  void push_free(std::size_t size_class, Handle handle);
  void unlink_free(std::size_t size_class, Handle handle);

  // The two halves of compact_step around its callback.
  struct Move {
    Handle from = no_handle;
    Handle to = no_handle;
  };
  std::size_t pick_compactable();
  Move drop_last(std::size_t size_class);
  void trim(std::size_t size_class);
  void note_compactable(std::size_t size_class);

  std::vector<Block> blocks_;
  std::vector<PageRange> ranges_;  // of the blocks, in the same order
  std::unique_ptr<char[]> fixed_;
  std::vector<SizeClass> classes_;
  std::bitset<size_classes::count> with_free_slot_;
  std::bitset<size_classes::count> compactable_;
  std::size_t compactable_count_ = 0;
  std::size_t next_compacted_ = 0;
  std::size_t next_released_ = 0;
  std::size_t committed_bytes_ = 0;
  std::size_t taken_bytes_ = 0;
};

template <typename Moved>
void Slots::compact_step(const Moved& moved) {
  const std::size_t size_class = pick_compactable();
  const Move move = drop_last(size_class);
  if (move.from != no_handle) moved(move.from, move.to);
  trim(size_class);
}

}  // namespace cachekit::node::storage
