// A replica's conversation with its primary, without sockets: events in, bytes out.
//
// One link is one connection. It authenticates if the node has a password, names the data that it
// has, and hands what comes to a Follower; every `acknowledge_interval_ms` it says how far it is.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/replication/follower.h"
#include "node/replication/replication.h"

namespace cachekit::node::replication {

class Link {
 public:
  static constexpr std::int64_t acknowledge_interval_ms = 100;

  /// Silence after which a link is dead; heartbeats come ten times a second.
  static constexpr std::int64_t silence_limit_ms = 5000;

  /// The node must follow somebody as long as the link lives.
  explicit Link(Node& node);
  ~Link();

  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// What is to be sent once the connection is there.
  std::string on_connected();

  /// An error is a sentence; the link is to be closed then.
  tl::expected<void, std::string> on_bytes(std::string_view bytes);

  /// Every now and then; what is to be sent.
  tl::expected<std::string, std::string> on_tick();

 private:
  tl::expected<void, std::string> take_line(std::string_view line);
  tl::expected<void, std::string> take_answer(std::string_view line);
  void note_progress();

  Node& node_;
  std::string line_;
  bool awaits_authentication_;
  std::unique_ptr<Follower> follower_;
  std::int64_t last_event_ms_;
};

}  // namespace cachekit::node::replication
