#include "client/io/exchange.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "client/io/job_drive.h"

namespace cachekit::io {
namespace {

/// With jobs waiting for places at different nodes, how long a thread watches one of them, or the
/// jobs that have a place, before it looks at the others again.
constexpr auto turn_at_one_pool = std::chrono::milliseconds(5);

class Exchange {
 public:
  Exchange(const EngineContext& context, Time deadline) : context_(context), deadline_(deadline) {}

  /// Serves the jobs whose pool has a place, or gets one meanwhile, and removes them from the list.
  void serve(std::vector<Job*>& waiting) {
    start(waiting);
    while (!drives_.empty()) {
      wait_and_advance(!waiting.empty());
      std::erase_if(drives_, [&](JobDrive& drive) { return settled(drive); });
      if (!waiting.empty()) start(waiting);
    }
  }

 private:
  void start(std::vector<Job*>& waiting) {
    now_ = Clock::now();
    if (now_ >= deadline_) return;
    drives_.reserve(waiting.size());
    std::erase_if(waiting, [&](Job* job) {
      auto place = job->node->pool().try_take();
      if (place) drives_.emplace_back(*job, *std::move(place), context_.settings, deadline_, now_);
      return place.has_value();
    });
    open_missing();
  }

  /// Requests on open connections travel meanwhile. All names are resolved before the first
  /// connection opens, so that a slow name takes nothing of the others' time to connect.
  void open_missing() {
    std::vector<std::pair<JobDrive*, Result<std::vector<SocketAddress>>>> resolved;
    const Time limit = std::min(now_ + context_.settings.connect_timeout, deadline_);
    for (JobDrive& drive : drives_) {
      if (!drive.needs_opening()) continue;
      resolved.emplace_back(&drive, context_.resolver.resolve(drive.job().node->address(), limit));
    }
    if (resolved.empty()) return;
    now_ = Clock::now();
    for (auto& [drive, addresses] : resolved) drive->open(std::move(addresses), now_);
    std::erase_if(drives_, [&](JobDrive& drive) { return settled(drive); });
  }

  void wait_and_advance(bool others_wait) {
    if (!others_wait && drives_.size() == 1 && drives_.front().may_wait_in_receive(now_)) {
      drives_.front().advance_by_waiting();
    } else {
      poll_and_advance(others_wait);
    }
    if (drives_.size() == 1 && drives_.front().finished()) return;
    now_ = Clock::now();
    for (JobDrive& drive : drives_) drive.check_deadline(now_);
  }

  void poll_and_advance(bool others_wait) {
    polled_.clear();
    Time first_deadline = others_wait ? Clock::now() + turn_at_one_pool : Time::max();
    for (const JobDrive& drive : drives_) {
      polled_.push_back({drive.descriptor(), drive.wanted_events(), 0});
      first_deadline = std::min(first_deadline, drive.next_check(now_));
    }
    const timespec left = time_left(Clock::now(), first_deadline);
    if (ppoll(polled_.data(), polled_.size(), &left, nullptr) <= 0) return;
    now_ = Clock::now();
    for (std::size_t i = 0; i < polled_.size(); ++i) {
      if (polled_[i].revents != 0) drives_[i].advance(now_);
    }
  }

  bool settled(JobDrive& drive) {
    if (!drive.finished()) return false;
    if (!drive.opening_failure().ok()) {
      context_.node_failed(*drive.job().node, drive.opening_failure());
    } else if (drive.job().calls.back().answer.kind == Answer::Kind::replied) {
      context_.node_answered(*drive.job().node);
    }
    return true;
  }

  const EngineContext& context_;
  const Time deadline_;
  Time now_;
  std::vector<JobDrive> drives_;
  std::vector<pollfd> polled_;
};

/// True if it is worth trying again.
bool wait_for_place(const std::vector<Job*>& waiting, Time deadline) {
  const Time now = Clock::now();
  if (now >= deadline) return false;
  const Time until = waiting.size() == 1 ? deadline : std::min(now + turn_at_one_pool, deadline);
  waiting.front()->node->pool().wait(until);
  return true;
}

void give_up(const std::vector<Job*>& waiting) {
  for (Job* job : waiting) {
    const Status failure(Code::deadline_exceeded,
                         fmt::format("the time was over before a connection to node {} was free",
                                     job->node->name()));
    for (Call& call : job->calls) call.answer.failure = failure;
    job->node->pool().pass_on();
  }
}

}  // namespace

void exchange(const EngineContext& context, std::vector<Job*> waiting, Time deadline) {
  while (true) {
    Exchange(context, deadline).serve(waiting);
    if (waiting.empty()) return;
    if (!wait_for_place(waiting, deadline)) return give_up(waiting);
    std::rotate(waiting.begin(), waiting.begin() + 1, waiting.end());
  }
}

}  // namespace cachekit::io
