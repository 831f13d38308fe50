// A primary and a replica in one process: stores, feed and follower, and a link that delivers bytes
// in pieces of any size.

#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <tl/expected.hpp>

#include "node/effect_fanout.h"
#include "node/replication/feed.h"
#include "node/replication/follower.h"
#include "node/replication/source.h"
#include "node/storage/store.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::test {

class ReplicaPair {
 public:
  explicit ReplicaPair(std::uint64_t seed, const node::storage::StoreOptions& options = {},
                       std::size_t backlog_bytes = std::size_t{1} << 20)
      : random(seed), primary(options, effects_), source({.id = "history"}, 0, backlog_bytes) {
    effects_.subscribe(source);
  }

  /// The replica dials, as one that has nothing or as one that goes on.
  void connect_with_copy() {
    in_flight_.clear();
    const node::replication::Offset from = source.backlog().end();
    feed = std::make_unique<node::replication::ReplicaFeed>(
        source, primary, node::replication::ReplicaFeed::Start::with_copy, from);
    kept = std::make_unique<node::replication::Source>(node::replication::History{.id = "history"},
                                                       from, std::size_t{1} << 20);
    replica.set_follows(true);
    follower = std::make_unique<node::replication::Follower>(
        replica, *kept, node::replication::Follower::Start::with_copy);
  }
  void connect_from_offset() {
    in_flight_.clear();
    feed = std::make_unique<node::replication::ReplicaFeed>(
        source, primary, node::replication::ReplicaFeed::Start::from_offset, follower->offset());
    follower = std::make_unique<node::replication::Follower>(
        replica, *kept, node::replication::Follower::Start::from_offset);
  }

  /// The feed sends about so much; false if it has fallen behind.
  bool send(std::size_t room) {
    protocol::Segments out;
    if (!feed->produce(room, room, out)) return false;
    take(out);
    return true;
  }

  /// The feed sends all changes, and the least possible of a copy.
  bool send_step() {
    protocol::Segments out;
    if (!feed->produce(SIZE_MAX, 1, out)) return false;
    take(out);
    return true;
  }

  /// The follower receives about so many bytes of what has been sent.
  tl::expected<void, std::string> deliver(std::size_t bytes) {
    const std::string part = in_flight_.substr(0, bytes);
    in_flight_.erase(0, part.size());
    return follower->receive(part);
  }

  /// Until nothing is left to send.
  void settle() {
    while (feed->has_more() || !in_flight_.empty()) {
      REQUIRE(send(64 << 10));
      REQUIRE(deliver(1 + random() % 100'000));
    }
  }

  std::mt19937_64 random;

 private:
  node::EffectFanout effects_;

 public:
  node::storage::Store primary;
  node::replication::Source source;  // holds on to large values of the store
  std::unique_ptr<node::replication::ReplicaFeed> feed;

  NoSink nobody;
  node::storage::Store replica{{}, nobody};
  std::unique_ptr<node::replication::Source> kept;  // the replica's own backlog
  std::unique_ptr<node::replication::Follower> follower;

 private:
  void take(const protocol::Segments& out) {
    for (const auto& segment : out.list()) in_flight_ += segment.bytes();
    source.trim();
  }

  std::string in_flight_;
};

}  // namespace cachekit::test
