// Indices and ends of lists, as commands write them.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "node/storage/collections/list_edit.h"
#include "node/text.h"

namespace cachekit::node::commands {

/// A negative index counts from the end. Nothing if it lies outside.
inline std::optional<std::size_t> index_in(std::int64_t index, std::size_t size) {
  const auto elements = static_cast<std::int64_t>(size);
  if (index < 0) index += elements;
  if (index < 0 || index >= elements) return std::nullopt;
  return static_cast<std::size_t>(index);
}

struct ListRange {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The elements from `first` to `last`, both included, as far as there are any.
inline ListRange range_in(std::int64_t first, std::int64_t last, std::size_t size) {
  const auto elements = static_cast<std::int64_t>(size);
  if (first < 0) first = std::max<std::int64_t>(first + elements, 0);
  if (last < 0) last += elements;
  last = std::min(last, elements - 1);
  if (first > last) return {};
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1)};
}

/// LEFT or RIGHT.
inline std::optional<storage::ListEnd> parse_list_end(std::string_view word) {
  if (same_word(word, "LEFT")) return storage::ListEnd::front;
  if (same_word(word, "RIGHT")) return storage::ListEnd::back;
  return std::nullopt;
}

}  // namespace cachekit::node::commands
