#include "node/storage/slots.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace cachekit::node::storage {
namespace {

constexpr std::size_t most_blocks = 65536;

// A class commits and releases at most this at once, and at most 1/256 of itself beyond a page, so
// that large classes make few system calls and small ones waste little.
constexpr std::size_t largest_unit_bytes = std::size_t{64} << 10;
constexpr std::size_t unit_share = 256;

// How much too large a slot may be, as 1/n of the entry. Entries keep the rest in one byte.
constexpr std::size_t tolerance_share = 32;
constexpr std::size_t tolerance_bytes = 240;

std::size_t most_for(std::size_t bytes) {
  return bytes + std::min(bytes / tolerance_share, tolerance_bytes);
}

std::size_t unit_of(std::size_t committed_bytes) {
  return std::clamp(pages_for(committed_bytes / unit_share), page_bytes, largest_unit_bytes);
}

}  // namespace

Slots::Slots()
    : fixed_(std::make_unique<char[]>((fixed_slots + 1) * smallest_slot_bytes)),
      classes_(size_classes::count) {
  blocks_.push_back({fixed_.get(), smallest_slot_bytes, 0});
  ranges_.emplace_back();
}

Slots::Slots(Slots&&) noexcept = default;
Slots& Slots::operator=(Slots&&) noexcept = default;
Slots::~Slots() = default;

bool Slots::suits(std::size_t slot_bytes, std::size_t bytes) {
  return slot_bytes >= bytes && (slot_bytes <= most_for(bytes) ||
                                 slot_bytes == size_classes::slot_bytes(size_classes::of(bytes)));
}

std::size_t Slots::class_with_free_slot(std::size_t bytes) const {
  const std::size_t first = size_classes::of(bytes);
  for (std::size_t at = first; at < size_classes::count; ++at) {
    if (at > first && size_classes::slot_bytes(at) > most_for(bytes)) break;
    if (with_free_slot_[at]) return at;
  }
  return size_classes::count;
}

// What one more slot at the end takes.
std::size_t Slots::commit_bytes(const SizeClass& of, std::size_t slot_bytes) const {
  const std::size_t end = (std::size_t{of.count} + 1) * slot_bytes;
  if (end <= of.committed_bytes) return 0;
  // Whole blocks are whole pages, so the class's bytes can be counted as if they were in one piece.
  const std::size_t block_end = (of.count / slots_per_block + std::size_t{1}) * slots_per_block;
  const std::size_t wanted =
      std::max(pages_for(end - of.committed_bytes), unit_of(of.committed_bytes));
  return std::min(wanted, block_end * slot_bytes - of.committed_bytes);
}

std::size_t Slots::growth_bytes(std::size_t bytes) const {
  if (class_with_free_slot(bytes) != size_classes::count) return 0;
  const std::size_t size_class = size_classes::of(bytes);
  return commit_bytes(classes_[size_class], size_classes::slot_bytes(size_class));
}

Handle Slots::allocate(std::size_t bytes) {
  std::size_t size_class = class_with_free_slot(bytes);
  Handle handle = no_handle;
  if (size_class != size_classes::count) {
    handle = classes_[size_class].first_free;
    unlink_free(size_class, handle);
  } else {
    size_class = size_classes::of(bytes);
    handle = append(size_class);
    if (handle == no_handle) return no_handle;
  }
  at(handle)[mark_offset] = 0;
  taken_bytes_ += size_classes::slot_bytes(size_class);
  note_compactable(size_class);
  return handle;
}

Handle Slots::append(std::size_t size_class) {
  SizeClass& of = classes_[size_class];
  if (of.count == of.blocks.size() * slots_per_block && !add_block(size_class)) return no_handle;
  const std::size_t more = commit_bytes(of, size_classes::slot_bytes(size_class));
  of.committed_bytes += more;
  committed_bytes_ += more;
  return handle_of(of, of.count++);
}

bool Slots::add_block(std::size_t size_class) {
  if (blocks_.size() == most_blocks) return false;
  const std::size_t slot_bytes = size_classes::slot_bytes(size_class);
  PageRange range = PageRange::reserve(slots_per_block * slot_bytes);
  if (range.data() == nullptr) return false;
  classes_[size_class].blocks.push_back(static_cast<std::uint16_t>(blocks_.size()));
  blocks_.push_back({range.data(), static_cast<std::uint32_t>(slot_bytes),
                     static_cast<std::uint16_t>(size_class)});
  ranges_.push_back(std::move(range));
  return true;
}

void Slots::free(Handle handle) {
  const std::size_t size_class = blocks_[handle / slots_per_block].size_class;
  push_free(size_class, handle);
  taken_bytes_ -= size_classes::slot_bytes(size_class);
  note_compactable(size_class);
}

Slots::FreeLinks Slots::links_of(Handle handle) const {
  FreeLinks links;
  std::memcpy(&links, at(handle), sizeof links);
  return links;
}

void Slots::set_links(Handle handle, FreeLinks links) {
  std::memcpy(at(handle), &links, sizeof links);
}

void Slots::push_free(std::size_t size_class, Handle handle) {
  SizeClass& of = classes_[size_class];
  if (of.first_free != no_handle) {
    set_links(of.first_free, {links_of(of.first_free).next, handle});
  }
  set_links(handle, {of.first_free, no_handle});
  at(handle)[mark_offset] = static_cast<char>(free_mark);
  of.first_free = handle;
  ++of.free_count;
  with_free_slot_.set(size_class);
}

void Slots::unlink_free(std::size_t size_class, Handle handle) {
  SizeClass& of = classes_[size_class];
  const auto [next, previous] = links_of(handle);
  if (next != no_handle) set_links(next, {links_of(next).next, previous});
  if (previous != no_handle) {
    set_links(previous, {next, links_of(previous).previous});
  } else {
    of.first_free = next;
  }
  if (--of.free_count == 0) with_free_slot_.reset(size_class);
}

// Compaction

void Slots::note_compactable(std::size_t size_class) {
  const SizeClass& of = classes_[size_class];
  const std::size_t taken =
      std::size_t{of.count - of.free_count} * size_classes::slot_bytes(size_class);
  const bool worthwhile = of.free_count > 0 && of.committed_bytes >= pages_for(taken) + page_bytes;
  if (worthwhile == compactable_[size_class]) return;
  compactable_[size_class] = worthwhile;
  if (worthwhile) {
    ++compactable_count_;
  } else {
    --compactable_count_;
  }
}

std::size_t Slots::pick_compactable() {
  assert(can_compact());
  while (!compactable_[next_compacted_])
    next_compacted_ = (next_compacted_ + 1) % compactable_.size();
  return next_compacted_;
}

// Makes the array one slot shorter. If that slot is taken, its content goes into a hole.
Slots::Move Slots::drop_last(std::size_t size_class) {
  SizeClass& of = classes_[size_class];
  const Handle last = handle_of(of, of.count - 1);
  Move move;
  if (is_free(last)) {
    unlink_free(size_class, last);
  } else {
    move = {last, of.first_free};
    unlink_free(size_class, move.to);
    std::memcpy(at(move.to), at(last), slot_bytes(last));
  }
  --of.count;
  return move;
}

void Slots::trim(std::size_t size_class) {
  SizeClass& of = classes_[size_class];
  const std::size_t slot_bytes = size_classes::slot_bytes(size_class);
  const std::size_t needed = pages_for(of.count * slot_bytes);
  const bool done = of.free_count == 0;
  if (of.committed_bytes - needed >= unit_of(of.committed_bytes) ||
      (done && of.committed_bytes > needed)) {
    const std::size_t block_bytes = slots_per_block * slot_bytes;
    while (of.committed_bytes > needed) {
      const std::size_t block = (of.committed_bytes - 1) / block_bytes;
      const std::size_t start = block * block_bytes;
      const std::size_t from = std::max(needed, start);
      ranges_[of.blocks[block]].release(from - start, of.committed_bytes - start);
      committed_bytes_ -= of.committed_bytes - from;
      of.committed_bytes = from;
    }
  }
  note_compactable(size_class);
}

Handle Slots::next(Cursor& cursor) const {
  for (; cursor.size_class < classes_.size(); ++cursor.size_class, cursor.index = 0) {
    const SizeClass& of = classes_[cursor.size_class];
    while (cursor.index < of.count) {
      const Handle handle = handle_of(of, cursor.index++);
      if (!is_free(handle)) return handle;
    }
  }
  return no_handle;
}

bool Slots::release_step(std::size_t bytes) {
  for (; next_released_ < classes_.size(); ++next_released_) {
    SizeClass& of = classes_[next_released_];
    if (of.committed_bytes == 0) continue;
    const std::size_t block_bytes = slots_per_block * size_classes::slot_bytes(next_released_);
    const std::size_t block = (of.committed_bytes - 1) / block_bytes;
    const std::size_t start = block * block_bytes;
    const std::size_t size = std::min(pages_for(bytes), of.committed_bytes - start);
    ranges_[of.blocks[block]].release(of.committed_bytes - start - size,
                                      of.committed_bytes - start);
    of.committed_bytes -= size;
    committed_bytes_ -= size;
    // With its part of the system's page tables, of which all blocks together have many.
    if (of.committed_bytes == start) ranges_[of.blocks[block]] = PageRange();
    return true;
  }
  return false;
}

}  // namespace cachekit::node::storage
