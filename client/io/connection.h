// One connection to one node: opens, greets, sends requests, reads their replies in order.
//
// It never waits by itself: the exchange polls descriptor() for wanted_events() and then calls
// proceed() while it opens, write() and read() afterwards. It knows how many bytes were handed to
// the kernel, so that a request that was certainly never executed can be told from one that may
// have been. Any failure is final: the connection is then only good for destruction.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "cachekit/value.h"
#include "client/io/clock.h"
#include "client/io/greeting.h"
#include "client/io/reply_reader.h"
#include "client/io/socket.h"

namespace cachekit::io {

/// A connection that was idle for longer is looked at before it is used again: the node may have
/// closed it. Shorter pauses are those of a thread that makes one call after another, and a look
/// costs a system call.
constexpr auto trusted_idle_time = std::chrono::milliseconds(2);

/// What all connections of a client have in common.
struct ConnectionSettings {
  Greeting greeting;

  /// Instead, where connections to one node begin otherwise than those to another. Asked by the
  /// thread that opens a connection, when it is connected; a failure ends it.
  std::function<Result<Greeting>(std::string_view node)> greeting_of = {};

  ReplyLimits limits;
  std::chrono::milliseconds connect_timeout{200};  ///< For one opening, its greeting included.
  std::chrono::milliseconds reply_timeout{500};    ///< From one reply to the next.

  /// How long one receive may wait before somebody looks at the clock: the shortest deadline that
  /// is to be met without another system call.
  std::chrono::milliseconds receive_slice{500};
};

class Connection {
 public:
  /// `node` is the address as written, for messages. `settings` must outlive the connection.
  Connection(std::string_view node, const ConnectionSettings& settings);

  /// Starts to connect to the first of the addresses that does not refuse at once.
  Status start(std::vector<SocketAddress> addresses);

  /// True once the node has answered the greeting.
  bool ready() const { return phase_ == Phase::ready; }

  /// While not ready(): what can be done without waiting.
  Status proceed();

  /// No connection could be opened since nobody listens there.
  bool refused() const;

  int descriptor() const;
  short wanted_events() const;

  /// Adds a request to those of this exchange. Precondition: ready(), and nothing written yet.
  void queue(const Request& request);

  /// Has the kernel taken all bytes of request number `index` of this exchange? If not, no node can
  /// have executed it.
  bool handed_over(std::size_t index) const { return sent_bytes_ >= request_ends_[index]; }

  bool wants_write() const { return sent_bytes_ < outgoing_.size() && !write_failed_; }

  /// Hands over what the kernel takes. A failure is not reported here but by read(), since answers
  /// may still lie in the socket.
  void write();

  enum class Wait { no, for_first_byte };

  /// Takes what has arrived and appends the complete replies to replies(). Fails if the node has
  /// closed, or sent what cannot be read.
  Status read(Wait wait);

  /// Replies not taken yet.
  std::vector<Value>& replies() { return replies_; }

  /// Forgets a finished exchange; the connection can take another.
  void finish();

  /// For a channel, which queues by itself, once ready(): hands over what the kernel takes. Another
  /// thread may read meanwhile.
  Transfer send(std::string_view bytes) { return stream_->send(bytes); }
  bool quiet() { return stream_->quiet(); }
  void interrupt() { stream_->interrupt(); }

  /// True if nothing is under way or left over in either direction.
  bool clean() const;

  /// Before an idle connection is used again: has the node left it open and said nothing?
  bool still_usable() { return clean() && stream_->quiet(); }

 private:
  enum class Phase { connecting, greeting, ready };

  Status connect_next();
  Status finish_connect();
  Status judge_greeting();
  Status broken(std::string_view what) const;
  Status named(const Status& status) const;

  std::string node_;
  const ConnectionSettings& settings_;
  Phase phase_ = Phase::connecting;

  std::vector<SocketAddress> addresses_;  // while connecting
  std::size_t next_address_ = 0;
  int connect_error_ = 0;
  std::unique_ptr<Socket> connecting_;

  std::unique_ptr<Stream> stream_;  // once connected
  Greeting greeting_;
  std::string outgoing_;
  std::vector<std::size_t> request_ends_;  // within outgoing_
  std::size_t sent_bytes_ = 0;             // of outgoing_
  bool write_failed_ = false;
  ReplyReader reader_;
  std::vector<Value> replies_;
};

}  // namespace cachekit::io
