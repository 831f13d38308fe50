// The order of a DeadlineWheel, as a sorted map of rounded deadlines.

#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "tests/unit/node/storage/eviction/race.h"

namespace cachekit::test {

class WheelModel {
 public:
  void place(Number number, std::uint64_t distance) {
    distance = std::min(std::max<std::uint64_t>(distance, 1), std::uint64_t{7} << 27);
    int level = 0;
    while (distance >> level >= 8) ++level;
    const std::uint64_t width = std::uint64_t{1} << level;
    const std::uint64_t now_step = now_ / width;
    const std::uint64_t nearest = (now_ + distance + width / 2) / width;
    const std::uint64_t step = std::clamp(nearest, now_step + 1, now_step + 8);
    order_[{step * width, level, ++placed_}] = number;
  }

  void remove(Number number) {
    std::erase_if(order_, [&](const auto& item) { return item.second == number; });
  }

  std::optional<Number> due() {
    if (order_.empty()) return std::nullopt;
    now_ = std::max(now_, std::get<0>(order_.begin()->first));
    return order_.begin()->second;
  }

  std::uint64_t now() const { return now_; }

 private:
  // Deadline, level, order of placing.
  std::map<std::tuple<std::uint64_t, int, std::uint64_t>, Number> order_;
  std::uint64_t now_ = 0;
  std::uint64_t placed_ = 0;
};

}  // namespace cachekit::test
