// What a session does for a connection that has become a replica's.

#include <utility>

#include "node/node.h"
#include "node/session.h"

namespace cachekit::node {

bool Session::feeds_replica() const {
  return node_.replication().replica(connection_.id) != nullptr;
}

bool Session::has_more_for_replica() const {
  const replication::Replica* const replica = node_.replication().replica(connection_.id);
  if (replica == nullptr || !has_room()) return false;
  return replica->feed->has_changes() || (replica->feed->is_copying() && room_for_copy() > 0);
}

bool Session::keeps_replica_waiting() const {
  const replication::Replica* const replica = node_.replication().replica(connection_.id);
  return replica != nullptr && replica->feed->has_changes();
}

// A connection that has become a replica's gets changes after its answers.
void Session::feed_replica() {
  replication::Replica* const replica = node_.replication().replica(connection_.id);
  if (replica == nullptr || connection_.close || !has_room()) return;
  if (connection_.output.capacity() == 0) connection_.output = node_.spare_outputs().take();
  const std::size_t room = high_water_bytes - connection_.unsent_bytes;
  if (!replica->feed->produce(room, room_for_copy(), connection_.output)) {
    return close("the replica has fallen behind the backlog", false);
  }
  if (replica->heartbeat_due) {
    const replication::Heartbeat heartbeat{
        node_.now().unix_ms, node_.now().monotonic_ms,
        node_.mandate() != nullptr ? node_.mandate()->lease_ms() : 0};
    replica->heartbeat_due = !replica->feed->beat(heartbeat, connection_.output);
    if (replica->heartbeat_due) return;
    node_.replication().note_beat(*replica, heartbeat.sent_ms);
    if (const auto touches = std::exchange(replica->touches, nullptr)) {
      replica->feed->tell_touches(*touches, connection_.output);
    }
  }
}

std::size_t Session::room_for_copy() const {
  return connection_.unsent_bytes < most_unsent_of_copy ? copied_bytes_per_turn : 0;
}

}  // namespace cachekit::node
