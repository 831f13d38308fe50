// Random members and fields, for SPOP, SRANDMEMBER and HRANDFIELD.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_set>

#include "node/storage/collections/field_view.h"

namespace cachekit::node::commands {

/// Calls visit(FieldItem) for `count` different items of a set or hash that has more than that;
/// every selection is as likely as any other.
template <typename Random, typename Visit>
void visit_random_items(const storage::FieldView& view, std::size_t count, Random&& random,
                        const Visit& visit) {
  // Where most draws hit what has not been drawn, drawing is cheaper than looking at everything.
  constexpr std::size_t sparse = 4;
  const std::size_t size = view.size();
  if (view.table() != nullptr && count < size / sparse) {
    std::unordered_set<std::string_view> drawn;
    while (drawn.size() < count) {
      const storage::FieldItem item = view.pick(random);
      if (drawn.insert(item.field).second) visit(item);
    }
    return;
  }
  std::size_t wanted = count;
  std::size_t left = size;
  view.visit_all([&](const storage::FieldItem& item) {
    if (random() % left-- < wanted) {
      visit(item);
      --wanted;
    }
    return wanted > 0;
  });
}

}  // namespace cachekit::node::commands
