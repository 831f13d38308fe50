// Which keys this client has written of late: until every replica that answers must have them, they
// are read from the primary.
//
// A fixed table of times, by the hash of the key. Keys that share a place share the later time,
// which sends a read to the primary without need, and never to a replica too early.
//
// Thread rule: any thread.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

#include "client/io/clock.h"
#include "client/routing/route.h"
#include "protocol/key_hash.h"

namespace cachekit::routing {

class OwnWrites {
 public:
  explicit OwnWrites(io::Duration lasting) : lasting_(lasting) {}

  /// The request, if it writes, has been carried out, or may have been.
  void note(const Request& request, const Route& route, io::Time now) {
    if (!route.writes) return;
    for (std::size_t i = 0; i < route.keys.count; ++i) {
      place_of(request[key_position(route.keys, i)])
          .store((now + lasting_).time_since_epoch().count(), std::memory_order_relaxed);
    }
  }

  /// Whether one of the keys that it reads has been written not long ago.
  bool concern(const Request& request, const Route& route, io::Time now) const {
    for (std::size_t i = 0; i < route.keys.count; ++i) {
      const auto until =
          place_of(request[key_position(route.keys, i)]).load(std::memory_order_relaxed);
      if (now.time_since_epoch().count() < until) return true;
    }
    return false;
  }

 private:
  /// A client that writes 1,000 other keys a second and reads what is up to five seconds old finds
  /// one in thirteen of its reads at the primary.
  static constexpr std::size_t places = std::size_t{1} << 16;
  using Place = std::atomic<io::Duration::rep>;

  Place& place_of(std::string_view key) const {
    return (*until_)[protocol::hash_bytes(key) % places];
  }

  const io::Duration lasting_;
  const std::unique_ptr<std::array<Place, places>> until_ =
      std::make_unique<std::array<Place, places>>();
};

}  // namespace cachekit::routing
