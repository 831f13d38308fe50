// Tells clients which of the keys that they may have cached have changed: CLIENT TRACKING.
//
// A subscriber of the store's effects, and only as long as some client tracks. A read notes its
// keys when it has been executed; the first change of a key afterwards, whatever caused it, writes
// an invalidation for each of its readers and forgets the key. So a reader that gets the reply
// after the invalidation knows that the reply may be old, and one that gets it before, too.
//
// Messages go straight into the output of the connection that is to be told, between two of its
// replies: for the connection whose command is being executed, behind the reply. What is unread
// is bounded; beyond, the connection is closed. The server sends what has gathered when the turn
// ends.
//
// No sockets, no clock. Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "node/connection.h"
#include "node/storage/effect.h"
#include "node/tracking/client_tracking.h"
#include "node/tracking/key_table.h"
#include "node/tracking/prefix_table.h"
#include "protocol/command_table.h"
#include "protocol/reply_writer.h"
#include "protocol/segments.h"

namespace cachekit::node {

class Node;

namespace tracking {

/// Where clients of RESP2 are told, as if somebody had published it there.
inline constexpr std::string_view invalidation_channel = "__redis__:invalidate";

/// What CLIENT TRACKING ON says; it has been checked.
struct TrackingOptions {
  ConnectionId redirect = 0;
  bool broadcast = false;
  bool opt_in = false;
  bool opt_out = false;
  bool no_loop = false;
  std::vector<std::string_view> prefixes;
};

class Tracking final : public storage::EffectSink {
 public:
  /// Prefixes of one client. Each costs its clients' share of every write.
  static constexpr std::size_t most_prefixes = 1024;

  /// Of keys beyond a limit that has been lowered, forgotten in one step.
  static constexpr std::size_t forgotten_per_step = 16;

  /// The node must outlive it.
  Tracking(Node& node, std::uint64_t seed);
  ~Tracking() override;

  Tracking(const Tracking&) = delete;
  Tracking& operator=(const Tracking&) = delete;

  // For handlers, and for a session that ends.

  /// Also changes the options of a client that tracks already.
  void start(Connection& client, const TrackingOptions& options);

  /// Nothing that the client has read so far is remembered.
  void stop(Connection& client);

  // For sessions.

  /// From now on, or no longer, this connection's commands are executed.
  void begin(Connection& executing) { executing_ = &executing; }
  void end() { executing_ = nullptr; }

  /// Whether end_command() is wanted.
  bool active() const { return active_; }

  /// The executing connection has executed a command that reads keys, alone or in a transaction.
  void remember(const protocol::CommandSpec& spec, std::span<const std::string_view> arguments,
                const Connection& client);

  /// A command of the executing connection has been answered, or a whole transaction. `spec` is
  /// nullptr for an unknown one.
  void end_command(const protocol::CommandSpec* spec);

  // For the server.

  /// Tells what has been gathered in this turn.
  void end_turn();

  /// The connections that have something to send since the last call.
  std::vector<ConnectionId> take_told() { return std::exchange(told_, {}); }

  /// Frees what a flush left and forgets keys beyond the limit; true if more work is waiting. A
  /// step is a few microseconds.
  bool maintain();

  // For replication.

  /// What clients hold may be older, or newer, than what this node will answer.
  void invalidate_all();

  // Effects.

  void apply(const storage::Effect& effect) override;
  void begin_group() override {}
  void end_group() override {}
  bool wants_values() const override { return false; }

  // For INFO.

  std::size_t clients() const { return clients_; }
  const KeyTable& keys() const { return keys_; }
  std::size_t prefixes() const { return prefixes_.size(); }

 private:
  using Cause = storage::Effect::Cause;

  void invalidate(std::string_view key, Cause cause);
  void forget_some_key();
  void broadcast(ConnectionId client, const PrefixTable::Changes& changes);
  Connection* receiver_for(Connection& client);
  template <typename WriteKeys>
  void tell(Connection& client, const WriteKeys& write_keys);
  template <typename Write>
  void push(Connection& receiver, const Write& write);
  void note_pushed(Connection& receiver, std::size_t bytes);
  void number(Connection& client);
  void count_memory();

  Node& node_;
  KeyTable keys_;
  PrefixTable prefixes_;
  std::unordered_map<TrackerNumber, Connection*> numbered_;
  TrackerNumber last_number_ = 0;
  std::size_t clients_ = 0;
  bool active_ = false;  // some client tracks, or has done so in the present command
  Connection* executing_ = nullptr;
  protocol::Segments deferred_;  // for the executing connection, behind the reply
  std::vector<ConnectionId> told_;
  std::size_t counted_bytes_ = 0;
};

}  // namespace tracking
}  // namespace cachekit::node
