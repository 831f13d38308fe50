// What any node says about itself in INFO, stock servers included.
//
// Values; no thread rule.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cachekit::ctl {

struct NodeStatus {
  std::string role;
  std::uint64_t keys = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_limit_bytes = 0;  ///< 0: none.
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t operations_per_s = 0;

  bool operator==(const NodeStatus&) const = default;
};

/// From the text of a reply to INFO. Fields that a node does not tell are 0.
NodeStatus status_from_info(std::string_view info);

}  // namespace cachekit::ctl
