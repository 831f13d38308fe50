// What the node knows of one client: what it has said about itself, and what CLIENT LIST shows.
//
// Handlers read and change it; the session owns it and acts on what they left there.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/tracking/client_tracking.h"
#include "node/transaction.h"
#include "protocol/reply_writer.h"
#include "protocol/segments.h"

namespace cachekit::node {

/// Counts up from 1 and is never used again.
using ConnectionId = std::uint64_t;

/// What a session tells another one. Messages to sessions that are gone are dropped.
struct Message {
  enum class Kind : std::uint8_t { close };

  ConnectionId to;
  Kind kind;
  std::string text;  ///< For close: why.
};

/// Where a connection comes from, fixed when it is accepted.
struct Endpoints {
  std::string peer;   ///< "127.0.0.1:50000", "[::1]:50000", or "/path:0" for a Unix socket.
  std::string local;  ///< Likewise, our side.
  int descriptor = -1;
  bool unix_socket = false;
};

struct Close {
  std::string reason;       ///< For the log.
  bool after_flush = true;  ///< Send what has been answered first.
};

/// A WAIT under way: until so many replicas have acknowledged everything up to `offset`.
struct ReplicaWait {
  std::uint64_t offset = 0;
  std::size_t replicas = 0;
  std::int64_t deadline_ms = 0;    ///< Monotonic; 0: none.
  std::uint64_t link_version = 0;  ///< Of the node's part in replication when it began.
};

/// A promise under way: until the primary has been probed.
struct PromiseWait {
  std::uint64_t epoch = 0;
  std::uint64_t probe = 0;
};

/// CLIENT REPLY's modes. The reply to SKIP itself is left out as well as the next one's.
enum class ReplyMode : std::uint8_t { on, off, skip_next, skip_this };

struct Connection {
  ConnectionId id = 0;
  Endpoints endpoints;
  std::int64_t created_ms = 0;      ///< Monotonic.
  std::int64_t last_active_ms = 0;  ///< Monotonic; when bytes last came in or left.

  std::string name;
  std::string library_name;
  std::string library_version;
  protocol::Version version = protocol::Version::resp2;
  bool authenticated = false;
  ReplyMode reply_mode = ReplyMode::on;
  Transaction transaction;

  tracking::ClientTracking tracking;

  /// To the channel of invalidations, the only one that there is.
  bool subscribed = false;

  /// Of the bytes in `output` or unsent, at most so many are invalidations.
  std::size_t pushed_bytes = 0;

  /// Another connection's command has written to `output`, which is to be sent.
  bool was_told = false;

  /// In RESP2, where a subscriber could not tell messages from replies.
  bool in_subscribe_mode() const { return subscribed && version == protocol::Version::resp2; }

  /// Of a replica that has told it.
  std::string replica_run_id;

  /// Reads are refused by a node whose data may be older; see staleness.h.
  std::optional<std::int64_t> max_staleness_ms;

  /// Replies of the present turn, to be written when it ends.
  protocol::Segments output;

  /// For other sessions, delivered when the turn ends.
  std::vector<Message> outbox;

  /// Set by WAIT; the connection executes nothing until it is over, and answers then.
  std::optional<ReplicaWait> wait;

  /// The same, set by CACHEKIT.PROMISE.
  std::optional<PromiseWait> promise;

  bool waits() const { return wait || promise; }

  /// Set by whoever wants the connection closed; acted on when the command is done.
  std::optional<Close> close;

  /// A message that closes it is on its way; for the others it is no longer there.
  bool killed = false;

  /// Full name of the last command, as in "client|list".
  std::string_view last_command = "NULL";

  std::size_t input_bytes = 0;   ///< Kept because its command is not complete, or must wait.
  std::size_t unsent_bytes = 0;  ///< Handed to the server and not yet to the kernel.

  bool replies_suppressed() const {
    return reply_mode == ReplyMode::off || reply_mode == ReplyMode::skip_this;
  }
};

}  // namespace cachekit::node
