// Byte strings one after the other, readable from both ends.
//
//   | length | bytes | size |        once for each element
//
// `length` counts the bytes, in groups of seven bits, lowest first, the high bit saying that
// another group follows. `size` counts what stands before it, length included, written the same
// way but from its last byte to its first, so that it can be read backwards. An element of up to
// 126 bytes costs two bytes beside its own.
//
// Everything here is pure. What reads trusts the bytes, but for is_sequence().

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "node/storage/collections/varint.h"

namespace cachekit::node::storage::sequence {

/// What an element of so many bytes takes.
constexpr std::size_t encoded_size(std::size_t element_bytes) {
  const std::size_t head = varint::size(element_bytes) + element_bytes;
  return head + varint::size(head);
}

/// Writes an element at `to`, where there is room for it, and returns where it ends.
inline char* write(char* to, std::string_view element) {
  char* const bytes = varint::write(to, element.size());
  if (!element.empty()) std::memcpy(bytes, element.data(), element.size());
  char* const tail = bytes + element.size();
  return varint::write_backwards(tail, static_cast<std::size_t>(tail - to));
}

/// The element that starts at `at`.
inline std::string_view read(const char* at) {
  std::size_t size = 0;
  const char* const bytes = varint::read(at, size);
  return {bytes, size};
}

/// Where the element that follows `element`, which was read from a sequence, starts.
inline const char* end_of(std::string_view element) {
  const char* const tail = element.data() + element.size();
  return tail + varint::size(varint::size(element.size()) + element.size());
}

/// Where the element that ends at `end` starts.
inline const char* start_before(const char* end) {
  std::size_t head = 0;
  const char* const tail = varint::read_backwards(end, head);
  return tail - head;
}

/// Steps over `count` elements.
inline const char* skip(const char* at, std::size_t count) {
  for (; count > 0; --count) at = end_of(read(at));
  return at;
}

/// Steps back over `count` elements.
inline const char* skip_backwards(const char* end, std::size_t count) {
  for (; count > 0; --count) end = start_before(end);
  return end;
}

/// How many elements of a sequence equal `value`.
std::size_t count_equal(const char* at, const char* end, std::string_view value);

struct Remainder {
  char* end;             ///< Of what is left.
  std::size_t elements;  ///< What is left.
  std::size_t removed;
};

/// Removes elements that equal `value`, at most `limit` of them and not the first `spared`. Calls
/// erased(index, count) for every run of them; indices count what is left.
template <typename Erased>
Remainder remove_equal(char* begin, const char* end, std::string_view value, std::size_t spared,
                       std::size_t limit, const Erased& erased);

/// Are these bytes exactly `count` elements, each written as write() does? For untrusted bytes.
bool is_sequence(std::string_view bytes, std::size_t count);

template <typename Erased>
Remainder remove_equal(char* begin, const char* end, std::string_view value, std::size_t spared,
                       std::size_t limit, const Erased& erased) {
  Remainder left{begin, 0, 0};
  std::size_t run = 0;
  const auto end_run = [&] {
    if (run > 0) erased(left.elements, run);
    left.removed += run;
    run = 0;
  };
  for (const char* at = begin; at != end;) {
    const std::string_view element = read(at);
    const char* const next = end_of(element);
    const bool equal = left.removed + run < limit && element == value;
    if (equal && spared == 0) {
      ++run;
    } else {
      if (equal) --spared;
      end_run();
      std::memmove(left.end, at, static_cast<std::size_t>(next - at));
      left.end += next - at;
      ++left.elements;
    }
    at = next;
  }
  end_run();
  return left;
}

}  // namespace cachekit::node::storage::sequence
