// The keys that a group of commands reads and writes, by hash: two keys of equal hash are taken for
// one, which makes a caller careful without need once in many billions of pairs. Pure.

#pragma once

#include <cstdint>
#include <unordered_set>

#include "client/routing/route.h"
#include "protocol/key_hash.h"

namespace cachekit::routing {

class KeySet {
 public:
  void add(const Request& request, const Route& route) {
    for (std::size_t i = 0; i < route.keys.count; ++i) {
      const std::uint64_t key = hash_of(request, route, i);
      touched_.insert(key);
      if (route.writes) written_.insert(key);
    }
  }

  bool empty() const { return touched_.empty(); }

  /// Would the order of the request and the group's commands matter? Not if both only read.
  bool conflicts_with(const Request& request, const Route& route) const {
    const auto& relevant = route.writes ? touched_ : written_;
    if (relevant.empty()) return false;
    for (std::size_t i = 0; i < route.keys.count; ++i) {
      if (relevant.contains(hash_of(request, route, i))) return true;
    }
    return false;
  }

 private:
  static std::uint64_t hash_of(const Request& request, const Route& route, std::size_t index) {
    return protocol::hash_bytes(request[key_position(route.keys, index)]);
  }

  std::unordered_set<std::uint64_t> touched_;
  std::unordered_set<std::uint64_t> written_;
};

}  // namespace cachekit::routing
