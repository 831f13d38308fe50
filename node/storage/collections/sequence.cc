#include "node/storage/collections/sequence.h"

#include "node/storage/collections/limits.h"

namespace cachekit::node::storage::sequence {
namespace {

// Steps over the element that `bytes` start with; false if they start with none.
bool drop_element(std::string_view& bytes) {
  const auto length = varint::read_checked(bytes);
  if (!length || length->value > max_element_bytes) return false;
  const std::size_t size = encoded_size(length->value);
  if (size > bytes.size()) return false;
  const std::size_t head = length->bytes + length->value;
  char tail[varint::max_bytes];
  const char* const end = varint::write_backwards(tail, head);
  const auto tail_bytes = static_cast<std::size_t>(end - tail);
  if (std::memcmp(bytes.data() + head, tail, tail_bytes) != 0) return false;
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

std::size_t count_equal(const char* at, const char* end, std::string_view value) {
  std::size_t equal = 0;
  while (at != end) {
    const std::string_view element = read(at);
    if (element == value) ++equal;
    at = end_of(element);
  }
  return equal;
}

bool is_sequence(std::string_view bytes, std::size_t count) {
  for (; count > 0; --count) {
    if (!drop_element(bytes)) return false;
  }
  return bytes.empty();
}

}  // namespace cachekit::node::storage::sequence
