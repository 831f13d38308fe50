// A node's part in replication: whom it follows, who follows it, and the history of its data.
//
// No sockets: the server dials, and delivers what comes, through link.h; replicas are ordinary
// connections that have said CACHEKIT.FOLLOW. Not thread-safe.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/connection.h"
#include "node/replication/feed.h"
#include "node/replication/freshness.h"
#include "node/replication/source.h"
#include "node/storage/touch_sample.h"

namespace cachekit::node {

class Node;

namespace replication {

struct Address {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};

/// "host:port", with brackets around an IPv6 address.
std::string to_text(const Address& address);

/// A replica of this node.
struct Replica {
  std::unique_ptr<ReplicaFeed> feed;
  std::string host;        ///< Where its connection comes from.
  std::uint16_t port = 0;  ///< Where it says that it listens.
  std::string run_id;      ///< Empty if it has not told.
  Offset acknowledged = 0;
  std::int64_t acknowledged_ms = 0;  ///< Monotonic.
  std::int64_t heartbeat_ms = 0;     ///< When the newest heartbeat that it has answered was sent.
  std::int64_t skew_ms = 0;          ///< Its wall clock is ahead of this node's by so much.
  bool skew_reported = false;
  bool counts = true;  ///< For WAIT; an observer does not.
  bool heartbeat_due = false;
  int silent_beats = 0;

  /// When the newest heartbeat was sent, and this node's memory then, of which the replica's
  /// answer has the counterpart.
  std::int64_t beat_ms = -1;
  std::size_t beat_memory_bytes = 0;

  /// By so much it is nearer to its limit than this node to its own.
  std::size_t excess_bytes = 0;

  /// Keys that readers of this node have used, to be told with the next heartbeat; or nullptr.
  std::shared_ptr<const std::string> touches = {};

  /// Monotonic; when the end of its copy was handed out, or now if it has not been. 0: no copy.
  std::int64_t copied_ms = 0;

  /// Heartbeats stand behind the copy on their way.
  bool awaits_copy() const { return heartbeat_ms < copied_ms; }
};

/// What a replica says of itself, in answer to a heartbeat.
struct Acknowledgement {
  Offset offset = 0;
  std::int64_t heartbeat_ms = 0;    ///< As the heartbeat said.
  storage::UnixMillis unix_ms = 0;  ///< The replica's clock.
  bool votes = false;               ///< A managed primary's lease may rest on it.
  std::size_t memory_bytes = 0;
  std::size_t max_memory_bytes = 0;  ///< 0: it has no limit.
};

/// What a node knows of the primary that it follows.
struct Primary {
  Address address;
  bool connected = false;      ///< It has answered, and its changes come.
  bool copying = false;        ///< Its keys are being copied; this node's are not to be read.
  std::int64_t heard_ms = -1;  ///< Monotonic; when bytes last came. -1: never.
  std::int64_t since_ms = 0;   ///< Monotonic; followed since then.
  Freshness freshness = {};
};

class Replication {
 public:
  /// What the backlog keeps, unless that is more than an eighth of maxmemory.
  static constexpr std::size_t backlog_bytes = std::size_t{16} << 20;

  /// Replicas get full copies one after another, if that is more than a moment's work.
  static constexpr std::size_t copied_at_once_bytes = std::size_t{16} << 20;

  /// Beats come ten times a second. A replica that acknowledges nothing for so many is dropped; one
  /// whose copy is on its way has longer, for a slow link takes its time to bring what the kernels
  /// keep, which may be ten megabytes. A history that had no replica for so many ends.
  static constexpr int most_silent_beats = 100;
  static constexpr int most_silent_beats_of_copy = 600;
  static constexpr int most_idle_beats = 36'000;

  /// Expiry is by the wall clock of each node. A replica's that differs by more is worth a warning.
  static constexpr std::int64_t most_skew_ms = 500;

  /// The node must outlive it.
  explicit Replication(Node& node);
  ~Replication();

  // The history of the node's data. There is none until a node has its first replica, or follows.

  const Source* source() const { return source_.get(); }
  std::string_view history_id() const;
  Offset offset() const;

  // As a primary.

  /// Makes the connection one of a replica, which names the data that it has. The answer to it; an
  /// error begins with '-'.
  std::string add_replica(const Connection& connection, std::string_view history, Offset offset,
                          std::uint16_t port);
  void acknowledge(ConnectionId connection, const Acknowledgement& acknowledgement);

  /// Ends the connections of all replicas, which may come back.
  void dismiss_replicas(std::string_view reason);

  /// nullptr if the connection is none of a replica's.
  Replica* replica(ConnectionId connection) {
    return replicas_.empty() ? nullptr : find_replica(connection);
  }
  void remove_replica(ConnectionId connection);
  const std::map<ConnectionId, Replica>& replicas() const { return replicas_; }

  /// Replicas that there is something to send to.
  std::vector<ConnectionId> hungry() const;

  /// For connections of those that are replicas no more: they are to be closed.
  std::vector<Message> take_dismissed() { return std::exchange(dismissed_, {}); }

  /// Ten times a second: all replicas are to hear of this node, and the backlog counts as memory.
  void beat();

  /// All that is to be sent to replicas in this turn has been: old changes may go.
  void end_turn();

  /// How many have acknowledged everything up to there. One that copies has not.
  std::size_t replicas_at(Offset offset) const;

  /// How many have acknowledged something within that time. One that copies does not count.
  std::size_t replicas_within(std::int64_t lag_ms) const;

  /// All replicas are to say at once how far they are.
  void ask_replicas();

  /// A heartbeat has just been sent to the replica.
  void note_beat(Replica& replica, std::int64_t sent_ms);

  /// Whether somebody has acknowledged something since the last call.
  bool take_acknowledged() { return std::exchange(acknowledged_, false); }

  /// This connection waits for replicas.
  void wake_later(ConnectionId connection) { waiting_.insert(connection); }
  std::set<ConnectionId> take_waiting() { return std::exchange(waiting_, {}); }

  // As a replica.

  const std::optional<Primary>& primary() const { return primary_; }

  /// Follows that node from now on.
  void follow(Address address);

  /// Does so by a new connection, even if there is one already.
  void follow_anew(Address address);

  /// Takes nothing more from the primary, and tells it nothing, until the next follow() or
  /// promote(). The node remains a replica.
  void suspend();
  bool is_suspended() const { return suspended_; }

  /// Follows nobody any more. The data stay, and a new history continues the one they came under.
  void promote();

  /// Counts up whenever the link that there may be belongs to the past.
  std::uint64_t link_version() const { return link_version_; }

  // For the link.

  Primary& followed() { return *primary_; }

  /// Where the primary's changes go.
  Source& kept() { return *source_; }

  /// The primary's changes continue what this node has, from now on under this history.
  void continue_history(std::string_view id);

  /// The primary's keys will replace what this node has, and its changes follow from there.
  Source& start_history(std::string_view id, Offset offset);

 private:
  Replica* find_replica(ConnectionId connection);
  void begin_own_history();
  void end_own_history();
  void measure_skew(Replica& replica, const Acknowledgement& acknowledgement);
  bool is_another_copying(ConnectionId connection) const;
  void note_memory(Replica& replica, const Acknowledgement& acknowledgement);
  void heed_fullest();
  void share_touches();
  void count_backlog();

  Node& node_;
  std::unique_ptr<Source> source_;
  std::map<ConnectionId, Replica> replicas_;
  std::vector<Message> dismissed_;
  std::set<ConnectionId> waiting_;
  bool acknowledged_ = false;
  int beats_without_replicas_ = 0;
  std::optional<Primary> primary_;
  bool suspended_ = false;
  std::uint64_t link_version_ = 0;
  std::size_t counted_backlog_bytes_ = 0;
  storage::TouchSample touches_;
};

}  // namespace replication
}  // namespace cachekit::node
