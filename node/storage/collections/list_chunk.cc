#include "node/storage/collections/list_chunk.h"

#include <algorithm>
#include <utility>

#include "node/storage/allocation.h"

namespace cachekit::node::storage {
namespace {

constexpr std::size_t smallest_capacity = 240;

std::size_t grown(std::size_t capacity, std::size_t needed) {
  if (needed > list_chunk_bytes) return needed;
  return std::clamp(2 * capacity, std::max(needed, smallest_capacity), list_chunk_bytes);
}

std::uint32_t narrow(std::size_t bytes) { return static_cast<std::uint32_t>(bytes); }

}  // namespace

ListChunk::ListChunk(std::size_t capacity)
    : block_(new char[capacity]), capacity_(narrow(capacity)) {}

std::size_t ListChunk::footprint_bytes() const { return block_ ? block_bytes(block_.get()) : 0; }

const char* ListChunk::at(std::size_t index) const {
  if (index <= count_ / 2) return sequence::skip(begin(), index);
  return sequence::skip_backwards(end(), count_ - index);
}

void ListChunk::insert(std::size_t index, std::string_view element) {
  const auto offset = static_cast<std::size_t>(at(index) - begin());
  sequence::write(open_gap(offset, sequence::encoded_size(element.size())), element);
  ++count_;
}

void ListChunk::erase(std::size_t index, std::size_t count) {
  char* const from = block_.get() + (at(index) - block_.get());
  const char* const to = index + count == count_ ? end() : sequence::skip(from, count);
  const auto before = static_cast<std::size_t>(from - begin());
  const auto behind = static_cast<std::size_t>(end() - to);
  const auto gone = static_cast<std::size_t>(to - from);
  if (before < behind) {
    std::memmove(block_.get() + begin_ + gone, begin(), before);
    begin_ += narrow(gone);
  } else {
    std::memmove(from, to, behind);
    end_ -= narrow(gone);
  }
  count_ -= narrow(count);
}

void ListChunk::append(const ListChunk& next) {
  char* const gap = open_gap(bytes(), next.bytes());
  std::memcpy(gap, next.begin(), next.bytes());
  count_ += next.count_;
}

ListChunk ListChunk::split(std::size_t index) {
  const char* const from = at(index);
  const auto moved = static_cast<std::size_t>(end() - from);
  ListChunk tail(grown(0, moved));
  std::memcpy(tail.block_.get(), from, moved);
  tail.end_ = narrow(moved);
  tail.count_ = count_ - narrow(index);
  end_ -= narrow(moved);
  count_ = narrow(index);
  return tail;
}

ListChunk ListChunk::clone() const {
  ListChunk copy(capacity_);
  std::memcpy(copy.block_.get(), begin(), bytes());
  copy.end_ = narrow(bytes());
  copy.count_ = count_;
  return copy;
}

// Makes room for `bytes` more at `offset` and returns where.
char* ListChunk::open_gap(std::size_t offset, std::size_t bytes) {
  const std::size_t used = end_ - begin_;
  const bool in_front = offset < used - offset;
  if (used + bytes > capacity_) {
    ListChunk larger(grown(capacity_, used + bytes));
    larger.begin_ = in_front ? larger.capacity_ - narrow(used) : 0;
    larger.end_ = larger.begin_ + narrow(used);
    larger.count_ = count_;
    if (used > 0) std::memcpy(larger.block_.get() + larger.begin_, begin(), used);
    swap(larger);
  }
  char* const block = block_.get();
  if (in_front) {
    if (begin_ < bytes) move_to(capacity_ - used);
    std::memmove(block + begin_ - bytes, block + begin_, offset);
    begin_ -= narrow(bytes);
  } else {
    if (capacity_ - end_ < bytes) move_to(0);
    std::memmove(block + begin_ + offset + bytes, block + begin_ + offset, used - offset);
    end_ += narrow(bytes);
  }
  return block + begin_ + offset;
}

void ListChunk::move_to(std::size_t begin) {
  const std::size_t used = end_ - begin_;
  std::memmove(block_.get() + begin, block_.get() + begin_, used);
  begin_ = narrow(begin);
  end_ = narrow(begin + used);
}

void ListChunk::swap(ListChunk& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(capacity_, other.capacity_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(count_, other.count_);
}

}  // namespace cachekit::node::storage
