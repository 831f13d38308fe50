// The connection on which one node tells of changes: opens it, again and again, keeps a PING under
// way, and leaves it when nothing has been heard for too long.
//
// Meanwhile it also asks the node for a sign of life through the connection that values are read
// by, with a read, so that a node that would refuse to answer reads does not go on vouching for
// what it answered before.
//
// It never waits, except for a name to be looked up: the thread that owns it polls descriptor() for
// wanted_events() until next_step(), and then calls step().
//
// Thread rule: one thread.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/caching/invalidation_stream.h"
#include "client/caching/tracked_node.h"
#include "client/io/connection.h"
#include "client/io/resolver.h"
#include "client/io/socket_engine.h"

namespace cachekit::caching {

/// What the links to all nodes have in common.
struct LinkContext {
  const io::ConnectionSettings& settings;
  io::SocketEngine& reads;  ///< That fills go through.
  io::Duration max_silence;
  InvalidationStream::Broadcast broadcast;
  std::function<void(TrackedNode&, std::string_view key)> invalidated;
  std::function<void(TrackedNode&)> all_invalidated;
  std::function<void(TrackedNode&, const Status&)> failed;
};

class InvalidationLink final : private InvalidationStream::Listener {
 public:
  InvalidationLink(const LinkContext& context, std::shared_ptr<TrackedNode> node);
  ~InvalidationLink() override;
  InvalidationLink(const InvalidationLink&) = delete;
  InvalidationLink& operator=(const InvalidationLink&) = delete;

  const TrackedNode& node() const { return *node_; }

  /// -1 if there is nothing to poll.
  int descriptor() const { return connection_ ? connection_->descriptor() : -1; }
  short wanted_events() const;
  io::Time next_step() const;

  /// Does what is due, and what can be done without waiting.
  void step(io::Time now);

 private:
  /// The question asked through the connection that values are read by.
  struct Question {
    std::shared_ptr<io::Node> node;
    Request request;
    io::Job job;
    io::ParkedTicket ticket{job};
    io::Time sent;
  };

  void open(io::Time now);
  Status proceed(io::Time now);
  Status converse(io::Time now);
  Status send();
  void ping_when_due(io::Time now);
  void ask_reads(io::Time now);
  void hear_reads(io::Time now);
  void lose(const Status& why, io::Time now);

  void subscribed(std::int64_t connection_id) override;
  void invalidated(std::string_view key) override;
  void all_invalidated() override;
  void answered_ping() override;

  const LinkContext& context_;
  const std::shared_ptr<TrackedNode> node_;
  io::Resolver resolver_;
  io::Time open_at_;  // while there is no connection
  io::Time now_;      // of the present step

  std::shared_ptr<io::Connection> connection_;
  std::optional<InvalidationStream> stream_;  // once the connection is ready
  std::string unsent_;
  bool is_up_ = false;
  io::Time heard_;      // that it was opened, or something last came
  io::Time ping_sent_;  // the last one
  bool ping_is_due_back_ = false;
  std::unique_ptr<Question> question_;
};

}  // namespace cachekit::caching
