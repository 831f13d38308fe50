#include "client/io/channel.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "client/io/buffer.h"
#include "client/io/node.h"

namespace cachekit::io {
namespace {

/// So many jobs must be under way for another to be held back: with fewer, sending at once costs
/// less than it gains.
constexpr std::size_t least_under_way = 1;

/// How long a request may be held back while the reader hears nothing.
constexpr auto longest_holding_back = std::chrono::microseconds(50);

/// How often a thread sends what others have added meanwhile, before it cares for itself.
constexpr int writes_in_a_row = 8;

/// Whether there was any event before the time.
bool wait_for(int descriptor, short events, Time now, Time until) {
  pollfd polled{descriptor, events, 0};
  const timespec left = time_left(now, until);
  return ppoll(&polled, 1, &left, nullptr) > 0;
}

/// Nobody puts others into a channel's queue.
ParkedTicket& parked(Ticket& ticket) { return static_cast<ParkedTicket&>(ticket); }
const ParkedTicket& parked(const Ticket& ticket) {
  return static_cast<const ParkedTicket&>(ticket);
}

}  // namespace

bool Channel::carry(const EngineContext& context, ParkedTicket& ticket, Time now, Time deadline,
                    Condition condition) {
  Turn turn{context, WakeList(sleepers_), std::unique_lock(mutex_), now};
  if (condition == Condition::if_unused && reader_ != nullptr) return false;
  add(turn, ticket);
  const bool hold_back = reader_ != nullptr && queue_.under_way() >= least_under_way;
  if (condition == Condition::if_unused) begin_reading(ticket);  // while it is sent already
  if (!hold_back) flush(turn);
  await(turn, ticket, deadline, Time::max());
  return true;
}

bool Channel::submit(const EngineContext& context, ParkedTicket& ticket, Time now, Needs needs) {
  Turn turn{context, WakeList(sleepers_), std::unique_lock(mutex_), now};
  if (needs == Needs::open_connection && !connection_) return false;
  add(turn, ticket);
  flush(turn);
  return true;
}

bool Channel::await(const EngineContext& context, ParkedTicket& ticket, Time deadline, Time until) {
  if (ticket.parker.is_finished()) return true;
  Turn turn{context, WakeList(sleepers_), std::unique_lock(mutex_), Clock::now()};
  return await(turn, ticket, deadline, until);
}

void Channel::abandon(const EngineContext& context, ParkedTicket& ticket, const Status& why) {
  Turn turn{context, WakeList(sleepers_), std::unique_lock(mutex_), Clock::now()};
  if (ticket.parker.is_finished()) return;
  give_up(turn, ticket, why);
  if (reader_ == nullptr) stop_reading(turn);
}

void Channel::add(const Turn& turn, ParkedTicket& ticket) {
  ticket.submitted = ticket.progress = turn.now;
  queue_.add(ticket);
}

bool Channel::await(Turn& turn, ParkedTicket& ticket, Time deadline, Time until) {
  bool is_over = true;
  bool looked = false;
  while (!ticket.parker.is_finished()) {
    const bool reads = begin_reading(ticket);
    if (const auto failure = why_over(turn, ticket, deadline)) {
      // While its owner waited for another node the answer may have come.
      if (reads && connection_ && !std::exchange(looked, true)) {
        receive(turn, turn.now);
        continue;
      }
      give_up(turn, ticket, *failure);
      break;
    }
    if (turn.now >= until) {
      is_over = false;
      break;
    }
    const Time check = std::min(until, next_check(turn, ticket, deadline));
    if (reads) {
      serve(turn, check);
    } else {
      sleep(turn, ticket, check);
      if (!turn.lock.owns_lock()) return true;
    }
  }
  if (reader_ == &ticket || reader_ == nullptr) stop_reading(turn);
  return is_over;
}

/// Since the ticket's job began.
bool Channel::was_demoted(const Ticket& ticket) const {
  return ticket.job->demotions && *ticket.job->demotions != node_.demotions();
}

Status Channel::demotion() const {
  return Status(Code::unavailable, fmt::format("node {} is no primary any more", node_.name()));
}

/// Why an unfinished job need not be waited for any longer.
std::optional<Status> Channel::why_over(const Turn& turn, const ParkedTicket& ticket,
                                        Time deadline) const {
  const std::string& node = node_.name();
  if (was_demoted(ticket)) return demotion();
  if (turn.now >= std::min(deadline, ticket.job->deadline)) {
    return Status(Code::deadline_exceeded,
                  fmt::format("node {} {} before the call's time was over", node,
                              connection_ ? "did not answer" : "could not be reached"));
  }
  const auto timeout = turn.context.settings.reply_timeout;
  if (connection_ && turn.now >= std::max(ticket.progress, opened_) + timeout) {
    return Status(Code::deadline_exceeded,
                  fmt::format("node {} did not answer within {} ms", node, timeout.count()));
  }
  return std::nullopt;
}

Time Channel::next_check(const Turn& turn, const ParkedTicket& ticket, Time deadline) const {
  const ConnectionSettings& settings = turn.context.settings;
  Time check = std::min(deadline, ticket.job->deadline);
  const Time counts_from = connection_ ? std::max(ticket.progress, opened_) : turn.now;
  return std::min(check, counts_from + settings.reply_timeout);
}

/// Without the lock if the ticket is finished.
void Channel::sleep(Turn& turn, ParkedTicket& ticket, Time until) {
  if (holding_ == nullptr && queue_.has_unsent() && !writing_ && connection_) {
    holding_ = &ticket;
    until = std::min(until, turn.now + longest_holding_back);
  }
  ticket.parker.fall_asleep(sleepers_);
  turn.lock.unlock();
  turn.woken.wake_all();
  ticket.parker.sleep_until(sleepers_, until);
  if (ticket.parker.is_finished()) return;
  turn.lock.lock();
  turn.now = Clock::now();
  if (ticket.parker.is_finished()) return turn.lock.unlock();
  ticket.parker.wake_up();
  if (holding_ == &ticket) {
    holding_ = nullptr;
    flush(turn);
  }
}

void Channel::give_up(Turn& turn, ParkedTicket& ticket, const Status& failure) {
  node_.latency().note_given_up(turn.now - ticket.submitted, ticket.job->hedged);
  queue_.give_up(ticket, failure);
  if (holding_ == &ticket) holding_ = nullptr;
  const auto longest_silence = 2 * turn.context.settings.reply_timeout;
  if (queue_.under_way() > 0 && turn.now - heard_ >= longest_silence) {
    break_off(turn, Status(Code::unavailable, fmt::format("node {} has answered nothing for {} ms",
                                                          node_.name(), longest_silence.count())));
  }
}

/// True if the ticket's owner is the reader now.
bool Channel::begin_reading(ParkedTicket& ticket) {
  if (reader_ == &ticket) return true;
  if (reader_ != nullptr) return false;
  reader_ = &ticket;
  return true;
}

void Channel::stop_reading(Turn& turn) {
  reader_ = static_cast<ParkedTicket*>(
      queue_.find_last([](const Ticket& ticket) { return parked(ticket).parker.is_asleep(); }));
  if (reader_ != nullptr) {
    turn.woken.add_first(reader_->parker.leave(Parker::summoned));
    return;
  }
  if (queue_.find_last([](const Ticket&) { return true; }) == nullptr) {
    looking_up_ = false;
    opening_.reset();  // nobody waits for it
  }
  flush(turn);
}

/// One step as the reader, until something has happened or the time has come.
void Channel::serve(Turn& turn, Time until) {
  until = std::min(until, turn.now + turn.context.settings.receive_slice);
  if (connection_) flush(turn);
  if (connection_) {
    receive(turn, until);
  } else {
    open(turn, until);
  }
  give_up_demoted(turn);
}

/// Those that sleep do not look themselves.
void Channel::give_up_demoted(Turn& turn) {
  const std::uint32_t demotions = node_.demotions();
  if (std::exchange(demotions_, demotions) == demotions) return;
  queue_.give_up_if(
      [&](const Ticket& ticket) {
        return was_demoted(ticket) ? std::optional(demotion()) : std::nullopt;
      },
      [&](Ticket& ticket) {
        node_.latency().note_given_up(turn.now - ticket.submitted, ticket.job->hedged);
        finish(turn, parked(ticket));
      });
}

void Channel::open(Turn& turn, Time until) {
  turn.lock.unlock();
  turn.woken.wake_all();
  const Status status = proceed_opening(turn, until);
  const bool refused = opening_ && opening_->refused();
  if (!status.ok()) {
    opening_.reset();
    node_.latency().note_failure(Duration::zero());
    turn.context.node_failed(node_, status);
  }
  turn.lock.lock();
  if (!status.ok()) {
    queue_.refuse_all(status, refused, [&](Ticket& ticket) { finish(turn, parked(ticket)); });
  } else if (opening_ && opening_->ready()) {
    connection_ = std::move(opening_);
    node_.meter().connections_opened.add();
    opened_ = heard_ = turn.now;
  }
}

Status Channel::proceed_opening(Turn& turn, Time until) {
  const ConnectionSettings& settings = turn.context.settings;
  if (!opening_) {
    if (!std::exchange(looking_up_, true)) {
      opening_deadline_ = turn.now + settings.connect_timeout;
    }
    auto addresses =
        turn.context.resolver.resolve(node_.address(), std::min(until, opening_deadline_));
    turn.now = Clock::now();
    const bool too_early = !addresses && addresses.error().code() == Code::deadline_exceeded &&
                           turn.now < opening_deadline_;
    if (too_early) return {};  // it goes on, and whoever reads next looks again
    looking_up_ = false;
    if (!addresses) return std::move(addresses.error());
    opening_deadline_ = turn.now + settings.connect_timeout;
    opening_ = std::make_unique<Connection>(node_.name(), settings);
    if (Status status = opening_->start(*std::move(addresses)); !status.ok()) return status;
  }
  const bool ready = wait_for(opening_->descriptor(), opening_->wanted_events(), turn.now,
                              std::min(until, opening_deadline_));
  turn.now = Clock::now();
  if (ready) {
    if (Status status = opening_->proceed(); !status.ok() || opening_->ready()) return status;
  }
  if (turn.now < opening_deadline_) return {};
  return Status(Code::unavailable, fmt::format("node {} could not be reached within {} ms",
                                               node_.name(), settings.connect_timeout.count()));
}

void Channel::receive(Turn& turn, Time until) {
  const std::shared_ptr<Connection> connection = connection_;
  const bool blocked = !sending_.empty() && !writing_;
  turn.lock.unlock();
  turn.woken.wake_all();
  auto wait = Connection::Wait::for_first_byte;
  if (blocked || until - turn.now < turn.context.settings.receive_slice) {
    const short events = blocked ? POLLIN | POLLOUT : POLLIN;
    wait_for(connection->descriptor(), events, turn.now, until);
    wait = Connection::Wait::no;
  }
  const Status status = connection->read(wait);
  if (!connection->replies().empty()) {
    node_.breaker().note_sign_of_life();
    turn.context.node_answered(node_);
  }
  turn.lock.lock();
  turn.now = Clock::now();
  if (connection_ == connection) deliver(turn, *connection);
  if (connection_ == connection && !status.ok()) break_off(turn, status);
}

void Channel::deliver(Turn& turn, Connection& connection) {
  std::vector<Value>& replies = connection.replies();
  if (replies.empty()) return;
  heard_ = turn.now;
  flush(turn);  // what was held back for this moment
  if (connection_.get() != &connection) return replies.clear();
  for (Value& reply : replies) {
    const Multiplexer::Delivery delivery = queue_.deliver(std::move(reply), turn.now);
    if (!delivery.expected) {
      break_off(turn,
                Status(Code::protocol_error,
                       fmt::format("node {} sent a reply that nobody asked for", node_.name())));
      break;
    }
    if (delivery.finished == nullptr) continue;
    node_.latency().note(turn.now - delivery.finished->submitted);
    finish(turn, parked(*delivery.finished));
  }
  replies.clear();
}

/// Sends what waits, unless somebody does so already. The lock is not held meanwhile.
void Channel::flush(Turn& turn) {
  if (writing_ || !connection_) return;
  leave_if_closed(turn);
  for (int writes = 0; connection_ && writes < writes_in_a_row; ++writes) {
    if (sending_.empty()) {
      if (!queue_.has_unsent()) return;
      if (queue_.under_way() == 0) heard_ = turn.now;
      queue_.take_unsent(sending_);
      holding_ = nullptr;
    }
    const std::shared_ptr<Connection> connection = connection_;
    writing_ = true;
    turn.lock.unlock();
    const Transfer transfer = connection->send(std::string_view(sending_).substr(sent_));
    turn.lock.lock();
    writing_ = false;
    if (connection == connection_) queue_.note_sent(transfer.bytes);
    sent_ += transfer.bytes;
    if (connection != connection_ || sent_ == sending_.size()) {
      clear_sent(sending_);
      sent_ = 0;
    } else if (transfer.result != Transfer::Result::moved) {
      return;  // full, or the reader will hear why it is lost
    }
  }
}

/// Nothing is lost if the node has closed a connection on which nothing is under way.
void Channel::leave_if_closed(Turn& turn) {
  if (queue_.under_way() > 0 || turn.now - heard_ < trusted_idle_time) return;
  if (connection_->quiet()) return;
  connection_->interrupt();
  connection_.reset();
}

void Channel::break_off(Turn& turn, const Status& failure) {
  connection_->interrupt();
  connection_.reset();
  queue_.break_off(failure, writing_, [&](Ticket& ticket) {
    node_.latency().note_failure(turn.now - ticket.submitted);
    finish(turn, parked(ticket));
  });
  if (writing_) return;  // the writer clears up
  sending_.clear();
  sent_ = 0;
}

void Channel::finish(Turn& turn, ParkedTicket& ticket) {
  if (holding_ == &ticket) holding_ = nullptr;
  if (reader_ == &ticket && ticket.parker.is_summoned()) reader_ = nullptr;
  turn.woken.add(ticket.parker.leave(Parker::finished));
}

}  // namespace cachekit::io
