// A replica's conversation with its primary, without sockets: events in, bytes out.
//
// One link is one connection. It authenticates if the node has a password, names the data that it
// has, and hands what comes to a Follower; every heartbeat is answered by how far it is. During a
// copy, behind which heartbeats stand, it says now and then that something has come.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/failover/mandate.h"
#include "node/replication/follower.h"
#include "node/replication/replication.h"

namespace cachekit::node::replication {

/// What an acknowledgement names that answers no heartbeat, and says that some of a copy has come.
inline constexpr std::int64_t no_heartbeat_ms = 0;

class Link {
 public:
  /// Ticks without a byte after which a link is dead; heartbeats come as often as ticks. A node
  /// that was busy itself has not ticked.
  static constexpr int most_silent_ticks = 50;

  /// The node must follow somebody as long as the link lives.
  explicit Link(Node& node);
  ~Link();

  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// What is to be sent once the connection is there.
  std::string on_connected();

  /// What is to be sent. An error is a sentence; the link is to be closed then.
  tl::expected<std::string, std::string> on_bytes(std::string_view bytes);

  /// Ten times a second; likewise.
  tl::expected<std::string, std::string> on_tick();

 private:
  tl::expected<void, std::string> take_lines(std::string_view& bytes);
  tl::expected<void, std::string> take_line(std::string_view line);
  tl::expected<void, std::string> take_answer(std::string_view line);
  failover::Epoch epoch() const;
  bool may_be_replaced_by(std::string_view history) const;
  void note_heartbeat(const Heartbeat& heartbeat);
  void note_progress();
  void acknowledge(std::int64_t heartbeat_ms, std::string& out);

  Node& node_;
  std::string line_;
  bool awaits_authentication_;
  bool awaits_introduction_ = true;
  std::unique_ptr<Follower> follower_;
  int silent_ticks_ = 0;
  bool owes_answer_ = false;  // something has come since the last one
};

}  // namespace cachekit::node::replication
