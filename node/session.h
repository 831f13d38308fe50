// One client's conversation, without sockets: events in, actions out.
//
// The server calls read() and execute() with what has arrived, performs the actions, and reports
// what has left by on_written(). All commands of one read are answered by one list of segments.
// Reading and executing are two steps so that the server can take each of them for all connections
// in a row: memory arrives meanwhile, and the code of a step stays in the cache. Back-pressure:
// once more than high_water_bytes of replies are unsent, the session executes nothing until it is
// woken with less than that; meanwhile the server does not read, so a client that never reads costs
// a bounded amount. A session also yields after commands_per_turn, so that one client with a long
// pipeline does not starve the others.
//
// Memory: input is parsed where the server read it; only an incomplete or waiting rest is kept, in
// a buffer that grows as bytes really arrive, never by what a header announces. A large bulk is
// received into the memory where it may stay (large_bulks.h).

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/call.h"
#include "node/command_batch.h"
#include "node/connection.h"
#include "node/large_bulks.h"
#include "node/now.h"
#include "protocol/command_parser.h"
#include "protocol/segments.h"

namespace cachekit::node {

class Node;

/// What the server is to do now, in this order: send, deliver, close or wait.
struct Actions {
  enum class Wait : std::uint8_t {
    input,    ///< Go on reading.
    drained,  ///< Stop reading; on_wake() once has_room() again.
    turn,     ///< Stop reading; on_wake() in the next loop turn.
  };

  protocol::Segments send;
  std::vector<Message> messages;
  Wait wait = Wait::input;
  std::optional<Close> close;  ///< Nothing more is to be read; `wait` means nothing then.

  /// What is to be sent acknowledges writes: confirm() it just before.
  bool acknowledges_writes = false;
};

class Session {
 public:
  /// Unsent replies above which nothing is executed: a few round trips of a fast network.
  static constexpr std::size_t high_water_bytes = std::size_t{1} << 20;

  /// Commands executed in one turn: some hundred microseconds, even while the table grows.
  static constexpr std::size_t commands_per_turn = 64;

  /// What a replica is sent of a copy in one turn: some hundred microseconds' work.
  static constexpr std::size_t copied_bytes_per_turn = std::size_t{32} << 10;

  /// And only while less than this has not left: a socket with room again takes all of it at once.
  static constexpr std::size_t most_unsent_of_copy = 4 * copied_bytes_per_turn;

  /// `id` comes from the registry's next_id(). The connection is in the node's registry as long as
  /// the session lives.
  Session(Node& node, ConnectionId id, Endpoints endpoints, Now now);
  ~Session();

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Reads the first commands of what has arrived into `batch`. Both must stay until execute(),
  /// the next call, which sets all of `actions`.
  void read(std::string_view bytes, Now now, CommandBatch& batch);
  void execute(Actions& actions);

  /// Looks at the clock once more, if it matters: what was written under a lease that has lapsed
  /// meanwhile is not acknowledged, for another node may be the primary by now. Then nothing is
  /// sent, and the connection closes.
  void confirm(Actions& actions) const;

  Actions on_wake(Now now);
  Actions on_message(const Message& message, Now now);

  /// Other connections' commands have written for this client; only that is done.
  Actions on_told();

  /// So many bytes of what was to be sent have reached the kernel.
  void on_written(std::size_t bytes);

  /// All of an action's segments have reached it: their memory serves the next ones.
  void reuse(std::vector<protocol::Segment>&& sent);

  /// Whether a session that waits for its output to drain can go on.
  bool has_room() const { return connection_.unsent_bytes <= high_water_bytes / 2; }

  /// Whether that could be sent more now.
  bool has_more_for_replica() const;

  /// Whether changes wait for room, so that it is about to fall behind.
  bool keeps_replica_waiting() const;

  const Connection& connection() const { return connection_; }

 private:
  Actions finished();
  void finish(Actions& actions);
  void hand_out(Actions& actions);
  bool feeds_replica() const;
  void feed_replica();
  std::size_t room_for_copy() const;
  void settle_wait();
  void settle_promise();
  std::string_view receive(std::string_view bytes);
  void start_receiving();
  void read_batch(std::string_view input);
  std::size_t execute_all(std::string_view input);
  std::size_t execute_batch();
  void fail_to_parse();
  std::size_t batch_limit() const;
  bool may_go_on() const;
  void handle(const CommandBatch::Command& command);
  void refuse(const Call* call, std::string_view error);
  void queue(const Call& call);
  void step_reply_mode();
  void close(std::string reason, bool after_flush);
  void count_buffers();
  protocol::CommandParser::Limits parser_limits() const;

  Node& node_;
  Connection connection_;
  protocol::CommandParser parser_;
  std::string input_;  // starts where the last complete command ended

  // What read() leaves for execute().
  std::string_view to_execute_;
  CommandBatch* batch_ = nullptr;
  protocol::CommandParser::Status batch_status_{};

  LargeBulks large_bulks_;
  std::size_t unsent_owned_bytes_ = 0;  // at most; what is pinned counts where it lies
  std::size_t counted_buffer_bytes_ = 0;
  std::size_t commands_this_turn_ = 0;
  bool interrupted_ = false;  // input_ may hold complete commands
  bool large_command_seen_ = false;
  bool wrote_ = false;  // something of which the answer has not left
};

}  // namespace cachekit::node
