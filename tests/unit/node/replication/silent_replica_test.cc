// A primary and a replica that it does not hear of.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "node/replication/link.h"
#include "protocol/segments.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

using node::replication::Replica;
using node::replication::Replication;

constexpr std::size_t value_bytes = 1000;

// A primary that beats, and the connection of one replica, which takes what it is sent only when it
// is told to.
struct BeatingPrimary {
  TestNode node;
  Client replica_connection{node};

  BeatingPrimary() {
    // More than is handed out in one turn.
    for (int i = 0; i < 1000; ++i) write(std::to_string(i));
    replica_connection.stop_reading();
    replica_connection.call({"CACHEKIT.FOLLOW", "?", "0", "7000", "0"});
    REQUIRE(replica().feed->is_copying());
  }

  void write(const std::string& key) {
    Client(node).call({"SET", key, std::string(value_bytes, 'x')});
  }

  void end_turns(int turns) {
    for (int i = 0; i < turns; ++i) {
      replica_connection.perform(replica_connection.session().on_wake(node.now()));
    }
  }

  Replication& replication() { return node.node().replication(); }
  Replica& replica() { return *replication().replica(replica_connection.connection().id); }

  /// Whether it drops the replica within so many beats.
  bool drops_within(int beats) {
    for (int i = 0; i < beats; ++i) {
      node.pass_ms(100);
      replication().beat();
      if (!replication().take_dismissed().empty()) return true;
    }
    return false;
  }

  void hand_out_copy() {
    protocol::Segments sent;
    while (replica().feed->is_copying()) replica().feed->produce(1 << 20, 1 << 20, sent);
  }

  void hear_of(std::int64_t heartbeat_ms) {
    replication().acknowledge(replica_connection.connection().id,
                              {.heartbeat_ms = heartbeat_ms, .unix_ms = node.now().unix_ms});
  }
};

constexpr int patience = Replication::most_silent_beats;
constexpr int patience_with_copy = Replication::most_silent_beats_of_copy;

TEST_CASE("a replica whose copy comes slowly is not dropped for its silence so soon") {
  BeatingPrimary primary;
  CHECK_FALSE(primary.drops_within(patience_with_copy - 1));
  CHECK(primary.drops_within(1));
}

TEST_CASE("what is on its way when the copy has been handed out takes its time as well") {
  BeatingPrimary primary;
  const std::int64_t early_ms = primary.node.now().monotonic_ms;
  primary.node.pass_ms(50);
  CHECK_FALSE(primary.drops_within(patience));
  primary.hand_out_copy();
  primary.hear_of(early_ms);  // the answer to a heartbeat that stood before the copy's end
  CHECK_FALSE(primary.drops_within(patience + 1));
}

TEST_CASE("a replica of which some of the copy comes is not dropped, however long that takes") {
  BeatingPrimary primary;
  primary.hand_out_copy();
  for (int minutes = 0; minutes < 5; ++minutes) {
    CHECK_FALSE(primary.drops_within(patience_with_copy - 1));
    primary.hear_of(node::replication::no_heartbeat_ms);
    CHECK(primary.replica().awaits_copy());
  }
  CHECK(primary.drops_within(patience_with_copy));
}

TEST_CASE("a replica that has its copy is dropped when it says nothing for ten seconds") {
  BeatingPrimary primary;
  primary.hand_out_copy();
  primary.node.pass_ms(50);
  primary.hear_of(primary.node.now().monotonic_ms);
  CHECK_FALSE(primary.drops_within(patience - 1));
  CHECK(primary.drops_within(1));
}

TEST_CASE("of a copy no more waits than a turn can write at once; changes do") {
  using node::Session;
  BeatingPrimary primary;
  const Session& session = primary.replica_connection.session();
  primary.end_turns(100);
  const std::size_t unsent = session.connection().unsent_bytes;
  CHECK(unsent >= Session::most_unsent_of_copy);
  CHECK(unsent < Session::most_unsent_of_copy + Session::copied_bytes_per_turn + 20 * value_bytes);
  CHECK_FALSE(session.has_more_for_replica());
  CHECK_FALSE(session.keeps_replica_waiting());

  primary.write("changed");
  CHECK(session.has_more_for_replica());
  CHECK(session.keeps_replica_waiting());
  primary.end_turns(1);
  CHECK(session.connection().unsent_bytes >= unsent + value_bytes);
  CHECK_FALSE(session.keeps_replica_waiting());
}

}  // namespace
}  // namespace cachekit::test
