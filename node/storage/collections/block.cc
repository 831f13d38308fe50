#include "node/storage/collections/block.h"

#include "node/storage/collections/limits.h"

namespace cachekit::node::storage::block {
namespace {

bool fits_block(ValueType type, std::string_view bytes) {
  if (type == ValueType::list) return true;
  for (const char* at = begin(bytes); at != end(bytes);) {
    const std::string_view element = sequence::read(at);
    if (element.size() > max_block_field_bytes) return false;
    at = sequence::end_of(element);
  }
  return true;
}

bool fields_differ(ValueType type, std::string_view bytes) {
  const std::size_t width = width_of(type);
  if (type == ValueType::list) return true;
  for (const char* at = begin(bytes); at != end(bytes); at = sequence::skip(at, width)) {
    if (find(bytes, width, sequence::read(at)) != at) return false;
  }
  return true;
}

}  // namespace

const char* at(std::string_view block, std::size_t width, std::size_t index) {
  const std::size_t count = items(block) * width;
  if (index <= count / 2) return sequence::skip(begin(block), index);
  return sequence::skip_backwards(end(block), count - index);
}

std::optional<const char*> find(std::string_view block, std::size_t width, std::string_view field) {
  const char* const stop = end(block);
  for (const char* at = begin(block); at != stop;) {
    const std::string_view element = sequence::read(at);
    if (element == field) return at;
    at = sequence::skip(sequence::end_of(element), width - 1);
  }
  return std::nullopt;
}

bool is_block(ValueType type, std::string_view bytes) {
  if (type == ValueType::string || bytes.size() <= header_bytes) return false;
  if (bytes.size() > max_block_bytes) return false;
  const std::size_t count = items(bytes);
  if (count == 0 || count > max_block_items) return false;
  if (!sequence::is_sequence(bytes.substr(header_bytes), count * width_of(type))) return false;
  return fits_block(type, bytes) && fields_differ(type, bytes);
}

}  // namespace cachekit::node::storage::block
