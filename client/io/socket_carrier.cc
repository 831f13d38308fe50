#include "client/io/socket_carrier.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "client/io/node.h"

namespace cachekit::io {
namespace {

/// How long a thread waits for one channel while it has jobs elsewhere: what comes there may have
/// to wait for so long. Nodes that are well answer sooner.
constexpr auto turn_at_one_channel = std::chrono::milliseconds(2);

}  // namespace

Status SocketCarrier::superseded(const Job& job) const {
  return Status(Code::cancelled,
                fmt::format("another node has answered before {}", job.node->name()));
}

SocketCarrier::~SocketCarrier() {
  for (ParkedTicket& ticket : shared_) {
    ticket.job->node->channel().abandon(context_, ticket, superseded(*ticket.job));
  }
}

// A thread that waits for another node would open a connection too late; but the late answers of
// one that is given up must be able to go astray, and some nodes have no other connection.
void SocketCarrier::carry(Job& job) {
  if (may_share(job)) {
    const bool shares_anyhow = job.hedged || job.node->pool().limit() == 0;
    const auto needs = shares_anyhow ? Channel::Needs::nothing : Channel::Needs::open_connection;
    ParkedTicket& ticket = shared_.emplace_back(job);
    if (job.node->channel().submit(context_, ticket, Clock::now(), needs)) return;
    shared_.pop_back();
  }
  alone_.add(job);
}

std::vector<Job*> SocketCarrier::wait(Time until) {
  std::vector<Job*> over;
  while (true) {
    collect_finished(over);
    if (!over.empty()) return over;
    if (shared_.empty() && alone_.idle()) {
      std::this_thread::sleep_until(until);
      return over;
    }
    take_turn(until, over);
    if (!over.empty() || Clock::now() >= until) return over;
  }
}

/// Those whose answers another thread has brought.
void SocketCarrier::collect_finished(std::vector<Job*>& over) {
  std::erase_if(shared_, [&](const ParkedTicket& ticket) {
    if (!ticket.parker.is_finished()) return false;
    over.push_back(ticket.job);
    return true;
  });
}

void SocketCarrier::take_turn(Time until, std::vector<Job*>& over) {
  const std::size_t places = shared_.size() + (alone_.idle() ? 0 : 1);
  if (places > 1) until = std::min(until, Clock::now() + turn_at_one_channel);
  turn_of_alone_ = !alone_.idle() && (turn_of_alone_ || shared_.empty());
  if (turn_of_alone_) {
    turn_of_alone_ = false;
    return alone_.step(until, over);
  }
  await_first(until, over);
  turn_of_alone_ = true;
}

void SocketCarrier::await_first(Time until, std::vector<Job*>& over) {
  ParkedTicket& first = shared_.front();
  if (first.job->node->channel().await(context_, first, deadline_, until)) {
    over.push_back(first.job);
    shared_.pop_front();
  } else {
    shared_.splice(shared_.end(), shared_, shared_.begin());
  }
}

void SocketCarrier::abandon(Job& job) {
  const auto ticket = std::ranges::find(shared_, &job, &ParkedTicket::job);
  if (ticket == shared_.end()) return alone_.abandon(job);
  job.node->channel().abandon(context_, *ticket, superseded(job));
  shared_.erase(ticket);
}

}  // namespace cachekit::io
