#include "node/storage/expiry_bounds.h"

#include <algorithm>

namespace cachekit::node::storage {

ExpiryBounds::ExpiryBounds(std::size_t groups) {
  std::size_t total = 0;
  for (std::size_t nodes = groups;; nodes = (nodes + branches - 1) / branches) {
    starts_.push_back(total);
    // Whole blocks of siblings, so that one can be read without asking where the level ends.
    total += nodes == 1 ? 1 : (nodes + branches - 1) / branches * branches;
    if (nodes == 1) break;
  }
  values_ = PageRange::reserve(total * sizeof(std::uint32_t));
}

void ExpiryBounds::lower(std::size_t group, ExpiryTick tick) {
  const std::uint32_t value = ~tick;
  used_ = used_ || value != 0;
  for (std::size_t number = 0; number < starts_.size(); ++number, group /= branches) {
    std::uint32_t& node = level(number)[group];
    if (node >= value) return;
    node = value;
  }
}

void ExpiryBounds::set(std::size_t group, ExpiryTick tick) {
  std::uint32_t value = ~tick;
  used_ = used_ || value != 0;
  for (std::size_t number = 0; number < starts_.size(); ++number) {
    std::uint32_t& node = level(number)[group];
    if (node == value) return;
    node = value;
    const std::uint32_t* const siblings = level(number) + group / branches * branches;
    group /= branches;
    if (number + 1 < starts_.size()) value = *std::max_element(siblings, siblings + branches);
  }
}

ExpiryTick ExpiryBounds::earliest() const {
  return used_ ? ~*level(starts_.size() - 1) : never_due;
}

std::optional<std::size_t> ExpiryBounds::due(ExpiryTick now, std::uint64_t random) const {
  if (earliest() > now || earliest() == never_due) return std::nullopt;
  std::size_t node = 0;
  for (std::size_t number = starts_.size() - 1; number > 0; --number, random /= branches) {
    const std::uint32_t* const children = level(number - 1) + node * branches;
    std::size_t child = random % branches;
    while (~children[child] > now) child = (child + 1) % branches;
    node = node * branches + child;
  }
  return node;
}

}  // namespace cachekit::node::storage
