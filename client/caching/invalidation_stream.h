// What is said on a connection on which a node tells of changes, in RESP2: who it is (CLIENT ID, so
// that others can name it), SUBSCRIBE to the channel of invalidations, and PING from time to time.
// In broadcast mode it asks for the changes itself, naming itself as the one to be told.
//
// Pure. Thread rule: one thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/status.h"
#include "cachekit/value.h"

namespace cachekit::caching {

class InvalidationStream {
 public:
  /// Who is told what has been said.
  class Listener {
   public:
    virtual ~Listener() = default;
    /// From now on the node tells whom names this connection.
    virtual void subscribed(std::int64_t connection_id) = 0;
    virtual void invalidated(std::string_view key) = 0;
    virtual void all_invalidated() = 0;
    virtual void answered_ping() = 0;
  };

  /// What changes are asked for on this very connection; nothing: others ask.
  using Broadcast = std::optional<std::vector<std::string>>;

  InvalidationStream(Listener& listener, Broadcast broadcast);

  /// What is to be sent now, once.
  std::string take_outgoing();

  /// Adds a PING. Precondition: subscribed.
  void ping();

  /// Fails if the node refuses, or says what nobody asked for: the connection is of no use then.
  Status note(const Value& reply);

 private:
  enum class Phase : std::uint8_t { asks_id, asks_broadcast, subscribes, listens };

  Status note_id(const Value& reply);
  Status note_broadcast(const Value& reply);
  Status note_subscription(const Value& reply);
  Status note_message(const Value& reply);
  Status note_keys(const Value& keys);
  void subscribe();

  Listener& listener_;
  const Broadcast broadcast_;
  Phase phase_ = Phase::asks_id;
  std::int64_t id_ = 0;
  std::string outgoing_;
};

}  // namespace cachekit::caching
