#include "client/io/socket_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "client/io/exchange.h"
#include "client/io/node.h"
#include "client/io/socket_carrier.h"

namespace cachekit::io {
namespace {

void end_overdue(Job& job) {
  const Status failure(Code::deadline_exceeded,
                       fmt::format("the time was over before node {} was asked", job.node->name()));
  for (Call& call : job.calls) call.answer.failure = failure;
}

class CountedCall {
 public:
  explicit CountedCall(std::atomic<std::size_t>& calls)
      : calls_(calls), calls_now_(calls.fetch_add(1, std::memory_order_relaxed) + 1) {}
  ~CountedCall() { calls_.fetch_sub(1, std::memory_order_relaxed); }
  CountedCall(const CountedCall&) = delete;
  CountedCall& operator=(const CountedCall&) = delete;

  /// With this one.
  std::size_t calls() const { return calls_now_; }

 private:
  std::atomic<std::size_t>& calls_;
  const std::size_t calls_now_;
};

}  // namespace

SocketEngine::SocketEngine(ConnectionSettings settings, Log log)
    : settings_(std::move(settings)),
      log_(std::move(log)),
      context_{.settings = settings_,
               .resolver = resolver_,
               .node_failed = [this](Node& node, const Status& why) { report_failure(node, why); },
               .node_answered = [this](Node& node) { report_success(node); }},
      random_(std::random_device()()) {}

void SocketEngine::sleep_until(Time time) { std::this_thread::sleep_until(time); }

double SocketEngine::random() {
  const std::lock_guard lock(random_mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

void SocketEngine::exchange(std::span<Job* const> jobs, Time deadline) {
  const Time now = Clock::now();
  if (jobs.size() == 1 && may_share(*jobs.front())) {
    return carry_one(*jobs.front(), now, deadline);
  }
  SocketCarrier carrier(context_, deadline);
  for (Job* job : jobs) carrier.carry(*job);
  for (std::size_t over = 0; over < jobs.size();) over += carrier.wait(Time::max()).size();
}

std::unique_ptr<Carrier> SocketEngine::make_carrier(Time deadline) {
  return std::make_unique<SocketCarrier>(context_, deadline);
}

bool SocketEngine::post(ParkedTicket& ticket) {
  return ticket.job->node->channel().submit(context_, ticket, Clock::now(),
                                            Channel::Needs::open_connection);
}

void SocketEngine::collect(ParkedTicket& ticket) {
  ticket.job->node->channel().await(context_, ticket, Clock::now(), Time::max());
}

/// As long as there are connections enough, each call has one to itself: then nobody has to be
/// woken.
void SocketEngine::carry_one(Job& job, Time now, Time deadline) {
  Node& node = *job.node;
  if (now >= std::min(deadline, job.deadline)) return end_overdue(job);
  const CountedCall counted(node.callers());
  ParkedTicket ticket(job);
  const bool may_go_alone = !job.hedged && counted.calls() <= node.pool().limit();
  if (may_go_alone) {
    const bool is_lone = counted.calls() == 1;
    if (is_lone &&
        node.channel().carry(context_, ticket, now, deadline, Channel::Condition::if_unused)) {
      return;
    }
    if (auto place = node.pool().try_take()) {
      return io::exchange(context_, job, *std::move(place), now, deadline);
    }
  }
  node.channel().carry(context_, ticket, now, deadline, Channel::Condition::none);
}

void SocketEngine::report_failure(Node& node, const Status& failure) {
  node.meter().connections_failed.add();
  if (log_ && node.health().note_failure(Clock::now())) {
    log_(LogLevel::warning, fmt::format("lost a node: {}", failure.message()));
  }
}

void SocketEngine::report_success(Node& node) {
  if (log_ && node.health().note_success(Clock::now())) {
    log_(LogLevel::info, fmt::format("node {} answers again", node.name()));
  }
}

}  // namespace cachekit::io
