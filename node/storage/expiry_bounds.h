// For groups of entries: a time before which none of a group expires, and the group that is due.
//
// A tree of sixteen branches, laid out level by level in one array of 32-bit numbers, whose leaves
// are the groups. Each node holds the earliest bound below it, so the root says when something is
// due, and a descent finds where. Bounds are kept as their complement: untouched pages, which are
// zero and cost nothing, mean "never".
//
// Cost: 4.3 bytes a group; all O(log n), five levels for thirty million entries in groups of 43.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "node/storage/pages.h"

namespace cachekit::node::storage {

/// Time in steps of expiry_tick_ms since some start.
using ExpiryTick = std::uint32_t;

inline constexpr ExpiryTick never_due = 0xffff'ffff;

class ExpiryBounds {
 public:
  ExpiryBounds() = default;
  explicit ExpiryBounds(std::size_t groups);

  /// The group holds something that expires at `tick`, perhaps earlier than all else.
  void lower(std::size_t group, ExpiryTick tick);

  /// The group's earliest expiry is exactly this.
  void set(std::size_t group, ExpiryTick tick);

  /// The earliest bound of all.
  ExpiryTick earliest() const;

  /// Some group whose bound is not after `now`. `random` bits choose which, so that what expires
  /// together thins the table out evenly.
  std::optional<std::size_t> due(ExpiryTick now, std::uint64_t random) const;

  /// What it takes, or 0 as long as nothing expires.
  std::size_t bytes() const { return used_ ? pages_for(values_.size()) : 0; }

 private:
  static constexpr std::size_t branches = 16;

  std::uint32_t* level(std::size_t number) const {
    return reinterpret_cast<std::uint32_t*>(values_.data()) + starts_[number];
  }

  PageRange values_;
  std::vector<std::size_t> starts_;  // of the levels, leaves first; the last has one node
  bool used_ = false;
};

}  // namespace cachekit::node::storage
