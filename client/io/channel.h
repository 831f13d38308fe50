// A connection to a node that any number of threads share. Nobody serves it all the time:
//
//   the reader   one of the threads that wait for answers. It opens the connection, receives, and
//                hands the answers to everybody. When it has its own it passes the part on, to the
//                one that will wait longest.
//   the writer   whoever finds requests to send that nobody is sending. It sends those of all.
//
// So a thread alone sends and receives for itself, without waking anybody, and the requests of many
// threads leave in few writes and are answered from few reads. While replies are due, a request
// may be held back to leave with others: until the reader has received something, or for
// `longest_holding_back`.
//
// Invariants: only the reader touches `opening_` and receives; only the writer touches `sending_`
// without the lock. Requests that nobody has sent have a writer, a reader with replies to come, or
// an owner that will look after them.
//
// Thread rule: any thread.

#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "client/io/adaptive_mutex.h"
#include "client/io/clock.h"
#include "client/io/connection.h"
#include "client/io/engine_context.h"
#include "client/io/multiplexer.h"
#include "client/io/parked_ticket.h"
#include "client/io/parking_lot.h"
#include "client/io/wake_list.h"

namespace cachekit::io {

class Node;

class Channel {
 public:
  explicit Channel(Node& node) : node_(node) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  enum class Condition { none, if_unused };

  /// Returns when the ticket's job has all its answers, at the deadline at the latest. False, and
  /// nothing is done, if the channel is in use and must not be.
  bool carry(const EngineContext& context, ParkedTicket& ticket, Time now, Time deadline,
             Condition condition);

  /// The same in two steps, for a thread that has jobs for other nodes, too: what is submitted is
  /// sent at once, and must be awaited, or abandoned. False, and nothing is done, if the connection
  /// is not open and must be.
  enum class Needs { nothing, open_connection };
  bool submit(const EngineContext& context, ParkedTicket& ticket, Time now, Needs needs);

  /// True if its job is over, as it is at the deadline; false if `until` comes first: then it is
  /// still under way, and other threads may bring its answers.
  bool await(const EngineContext& context, ParkedTicket& ticket, Time deadline, Time until);

  /// Ends one that await() has not called over.
  void abandon(const EngineContext& context, ParkedTicket& ticket, const Status& why);

 private:
  /// One thread's dealings with the channel: those that it has to wake are woken once it has let go
  /// of the lock.
  struct Turn {
    const EngineContext& context;
    WakeList woken;
    std::unique_lock<AdaptiveMutex> lock;
    Time now;
  };

  void add(const Turn& turn, ParkedTicket& ticket);
  bool await(Turn& turn, ParkedTicket& ticket, Time deadline, Time until);
  bool was_demoted(const Ticket& ticket) const;
  Status demotion() const;
  std::optional<Status> why_over(const Turn& turn, const ParkedTicket& ticket, Time deadline) const;
  Time next_check(const Turn& turn, const ParkedTicket& ticket, Time deadline) const;
  void sleep(Turn& turn, ParkedTicket& ticket, Time until);
  void give_up(Turn& turn, ParkedTicket& ticket, const Status& failure);

  bool begin_reading(ParkedTicket& ticket);
  void stop_reading(Turn& turn);
  void serve(Turn& turn, Time until);
  void give_up_demoted(Turn& turn);
  void open(Turn& turn, Time until);
  Status proceed_opening(Turn& turn, Time until);
  void receive(Turn& turn, Time until);
  void deliver(Turn& turn, Connection& connection);

  void flush(Turn& turn);
  void leave_if_closed(Turn& turn);
  void break_off(Turn& turn, const Status& failure);
  void finish(Turn& turn, ParkedTicket& ticket);

  Node& node_;
  AdaptiveMutex mutex_;
  ParkingLot sleepers_;
  Multiplexer queue_;
  std::shared_ptr<Connection> connection_;  // null until it is open
  Time opened_;
  Time heard_;  // when something came last, or was sent to a node that owed nothing

  ParkedTicket* reader_ = nullptr;
  std::uint32_t demotions_ = 0;  // of the node, when the reader looked last
  bool looking_up_ = false;      // by the reader: the addresses of the node
  std::unique_ptr<Connection> opening_;
  Time opening_deadline_;

  bool writing_ = false;
  std::string sending_;
  std::size_t sent_ = 0;             // of sending_
  ParkedTicket* holding_ = nullptr;  // sleeps, and sends what is held back if nobody else does
};

}  // namespace cachekit::io
