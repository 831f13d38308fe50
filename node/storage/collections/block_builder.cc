#include "node/storage/collections/block_builder.h"

#include <cassert>
#include <cstring>

namespace cachekit::node::storage {

bool BlockBuilder::add(std::string_view element) {
  // Asked first, so that the size of a huge element does not overflow.
  if (element.size() > max_block_bytes) return false;
  if (!has_room(sequence::encoded_size(element.size()))) return false;
  size_ = static_cast<std::size_t>(sequence::write(bytes_ + size_, element) - bytes_);
  ++items_;
  return true;
}

bool BlockBuilder::add_member(std::string_view member) {
  return member.size() <= max_block_field_bytes && add(member);
}

bool BlockBuilder::add_pair(std::string_view field, std::string_view value) {
  if (field.size() > max_block_field_bytes || value.size() > max_block_field_bytes) return false;
  const std::size_t bytes =
      sequence::encoded_size(field.size()) + sequence::encoded_size(value.size());
  if (!has_room(bytes)) return false;
  char* const end = sequence::write(sequence::write(bytes_ + size_, field), value);
  size_ = static_cast<std::size_t>(end - bytes_);
  ++items_;
  return true;
}

bool BlockBuilder::copy(const char* from, const char* to, std::size_t items) {
  const auto bytes = static_cast<std::size_t>(to - from);
  if (bytes > max_block_bytes - size_ || items > max_block_items - items_) return false;
  if (bytes > 0) std::memcpy(bytes_ + size_, from, bytes);
  size_ += bytes;
  items_ += items;
  return true;
}

void BlockBuilder::copy_all(std::string_view block) {
  assert(items_ == 0 && block.size() <= max_block_bytes);
  std::memcpy(bytes_, block.data(), block.size());
  size_ = block.size();
  items_ = block::items(block);
}

bool BlockBuilder::replace(const char* at, std::string_view element) {
  if (element.size() > max_block_bytes) return false;
  char* const from = bytes_ + (at - bytes_);
  const char* const tail = sequence::end_of(sequence::read(at));
  const auto tail_bytes = static_cast<std::size_t>(bytes_ + size_ - tail);
  const std::size_t bytes = sequence::encoded_size(element.size());
  const std::size_t size = static_cast<std::size_t>(from - bytes_) + bytes + tail_bytes;
  if (size > max_block_bytes) return false;
  std::memmove(from + bytes, tail, tail_bytes);
  sequence::write(from, element);
  size_ = size;
  return true;
}

void BlockBuilder::erase(const char* from, const char* to, std::size_t items) {
  char* const gap = bytes_ + (from - bytes_);
  std::memmove(gap, to, static_cast<std::size_t>(bytes_ + size_ - to));
  size_ -= static_cast<std::size_t>(to - from);
  items_ -= items;
}

std::string_view BlockBuilder::block() {
  bytes_[0] = static_cast<char>(items_);
  return {bytes_, size_};
}

}  // namespace cachekit::node::storage
