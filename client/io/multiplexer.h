// The requests of many jobs on one connection: puts them into one stream of bytes, and finds for
// each reply the job that it answers. Pure: bytes and replies in, bytes and answers out.
//
// A node answers in the order of the requests, so the queue of those that are under way says whose
// turn it is. A job that is given up leaves its place in the queue, and the replies that come for
// it are dropped; only what nobody has taken for sending yet disappears at once.
//
//   stream:    … | answered | under way          | unsent          |
//   positions:              ^ front of queue     ^ taken_          ^ end_
//                                         ^ sent_ (handed to the kernel)
//
// Cost: O(1) a request and reply; giving up is O(length of the queue).
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "cachekit/status.h"
#include "cachekit/value.h"
#include "client/io/ticket.h"

namespace cachekit::io {

class Multiplexer {
 public:
  /// Puts the requests of the ticket's job at the end of the queue.
  void add(Ticket& ticket);

  /// Nobody waits for anything, not even replies that are to be dropped.
  bool empty() const { return queue_.empty(); }

  bool has_unsent() const { return !unsent_.empty(); }

  /// How many jobs have replies to come, or bytes that somebody is sending.
  std::size_t under_way() const { return queue_.size() - unsent_tickets_; }

  /// Moves what is not sent yet into `bytes`, which must be empty: it is under way from now on.
  void take_unsent(std::string& bytes);

  /// The kernel has taken so many more of the bytes that were taken.
  void note_sent(std::size_t bytes) { sent_ += bytes; }

  struct Delivery {
    bool expected;     ///< Somebody had asked, even if he has given up.
    Ticket* finished;  ///< Has all its answers now.
  };
  Delivery deliver(Value&& reply, Time now);

  /// Fills in the missing answers of a job and forgets it.
  void give_up(Ticket& ticket, const Status& failure);

  /// Gives up those for which `why_over` tells a reason, and calls `finish` for each. Neither may
  /// touch the multiplexer. O(length of the queue).
  void give_up_if(const std::function<std::optional<Status>(const Ticket&)>& why_over,
                  const std::function<void(Ticket&)>& finish);

  /// The connection is gone: all that was under way is over. `finish(Ticket&)` is called for each
  /// ticket, with its answers filled in. What was not taken for sending waits for another
  /// connection. While somebody is `sending`, all he took counts as handed over.
  template <class Finish>
  void break_off(const Status& failure, bool sending, Finish finish) {
    const std::uint64_t handed_over = sending ? taken_ : sent_;
    for (bool first = true; under_way() > 0; first = false) {
      if (Ticket* ticket = lose_front(failure, handed_over, first)) finish(*ticket);
    }
    sent_ = taken_;
  }

  /// No connection can be had: nothing that waits will be sent. Precondition: nothing is under way.
  template <class Finish>
  void refuse_all(const Status& failure, bool refused, Finish finish) {
    while (!queue_.empty()) finish(refuse_front(failure, refused));
    unsent_tickets_ = 0;
    unsent_.clear();
  }

  /// Calls `visit(const Ticket&)` for all that wait.
  template <class Visit>
  void visit(Visit visit) const {
    for (const Entry& entry : queue_) {
      if (entry.ticket != nullptr) visit(*entry.ticket);
    }
  }

  /// The last of those that `is_wanted(const Ticket&)`, or null.
  template <class Predicate>
  Ticket* find_last(Predicate is_wanted) const {
    for (auto entry = queue_.rbegin(); entry != queue_.rend(); ++entry) {
      if (entry->ticket != nullptr && is_wanted(*entry->ticket)) return entry->ticket;
    }
    return nullptr;
  }

 private:
  struct Entry {
    Ticket* ticket;  // null: given up
    std::size_t replies_left;
    std::uint64_t begin;  // in the stream
    std::uint64_t end;
  };

  Ticket* lose_front(const Status& failure, std::uint64_t handed_over, bool first);
  Ticket& refuse_front(const Status& failure, bool refused);
  void remove_unsent(std::deque<Entry>::iterator entry);
  void remove_unsent_that_are_given_up();

  std::deque<Entry> queue_;
  std::size_t unsent_tickets_ = 0;  // at the end of the queue
  std::string unsent_;
  std::uint64_t taken_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace cachekit::io
