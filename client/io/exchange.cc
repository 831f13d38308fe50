#include "client/io/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cachekit::io {
namespace {

/// With jobs waiting for places at different nodes, how long a thread watches one of them, or the
/// jobs that have a place, before it looks at the others again.
constexpr auto turn_at_one_pool = std::chrono::milliseconds(5);

/// Of a job that is over.
void tell_health(const EngineContext& context, JobDrive& drive) {
  Job& job = drive.job();
  if (!drive.opening_failure().ok()) {
    context.node_failed(*job.node, drive.opening_failure());
  } else if (job.calls.back().answer.kind == Answer::Kind::replied) {
    context.node_answered(*job.node);
  }
}

/// As long as nothing but its replies is to be waited for.
void wait_for_replies(JobDrive& drive, Time now) {
  while (drive.may_wait_in_receive(now)) {
    drive.advance_by_waiting();
    if (drive.finished()) return;
    now = Clock::now();
    drive.check_deadline(now);
  }
}

}  // namespace

void Exchange::step(Time until, std::vector<Job*>& over) {
  const std::size_t over_before = over.size();
  start(over);
  if (over.size() > over_before || idle()) return;
  if (drives_.empty()) return wait_for_place(until);
  wait_and_advance(until);
  collect(over);
}

void Exchange::start(std::vector<Job*>& over) {
  now_ = Clock::now();
  if (!waiting_.empty()) take_places(over);
  open_missing();
  collect(over);
}

void Exchange::take_places(std::vector<Job*>& over) {
  end_overdue(over);
  drives_.reserve(drives_.size() + waiting_.size());
  std::erase_if(waiting_, [&](Job* job) {
    auto place = job->node->pool().try_take();
    if (place) drives_.emplace_back(*job, *std::move(place), context_.settings, deadline_, now_);
    return place.has_value();
  });
}

void Exchange::end_overdue(std::vector<Job*>& over) {
  std::erase_if(waiting_, [&](Job* job) {
    if (now_ < std::min(deadline_, job->deadline)) return false;
    const Status failure(Code::deadline_exceeded,
                         fmt::format("the time was over before a connection to node {} was free",
                                     job->node->name()));
    for (Call& call : job->calls) call.answer.failure = failure;
    over.push_back(job);
    return true;
  });
}

/// Requests on open connections travel meanwhile. All names are resolved before the first
/// connection opens, so that a slow name takes nothing of the others' time to connect.
void Exchange::open_missing() {
  std::vector<std::pair<JobDrive*, Result<std::vector<SocketAddress>>>> resolved;
  const Time limit = std::min(now_ + context_.settings.connect_timeout, deadline_);
  for (JobDrive& drive : drives_) {
    if (!drive.needs_opening()) continue;
    resolved.emplace_back(&drive, context_.resolver.resolve(drive.job().node->address(), limit));
  }
  if (resolved.empty()) return;
  now_ = Clock::now();
  for (auto& [drive, addresses] : resolved) drive->open(std::move(addresses), now_);
}

void Exchange::wait_for_place(Time until) {
  Job& first = *waiting_.front();
  until = std::min({until, deadline_, first.deadline});
  if (waiting_.size() > 1) until = std::min(until, now_ + turn_at_one_pool);
  std::rotate(waiting_.begin(), waiting_.begin() + 1, waiting_.end());
  auto place = first.node->pool().take_until(until);
  if (!place) return;
  now_ = Clock::now();
  waiting_.pop_back();
  drives_.emplace_back(first, *std::move(place), context_.settings, deadline_, now_);
  open_missing();
}

void Exchange::wait_and_advance(Time until) {
  if (!waiting_.empty()) until = std::min(until, now_ + turn_at_one_pool);
  const bool may_wait = drives_.size() == 1 && drives_.front().may_wait_in_receive(now_) &&
                        until - now_ >= context_.settings.receive_slice;
  if (may_wait) {
    drives_.front().advance_by_waiting();
  } else {
    poll_and_advance(until);
  }
  if (drives_.size() == 1 && drives_.front().finished()) return;
  now_ = Clock::now();
  for (JobDrive& drive : drives_) drive.check_deadline(now_);
}

void Exchange::poll_and_advance(Time until) {
  polled_.clear();
  for (const JobDrive& drive : drives_) {
    polled_.push_back({drive.descriptor(), drive.wanted_events(), 0});
    until = std::min(until, drive.next_check(now_));
  }
  const timespec left = time_left(Clock::now(), until);
  if (ppoll(polled_.data(), polled_.size(), &left, nullptr) <= 0) return;
  now_ = Clock::now();
  for (std::size_t i = 0; i < polled_.size(); ++i) {
    if (polled_[i].revents != 0) drives_[i].advance(now_);
  }
}

void Exchange::collect(std::vector<Job*>& over) {
  std::erase_if(drives_, [&](JobDrive& drive) {
    if (!drive.finished()) return false;
    tell_health(context_, drive);
    over.push_back(&drive.job());
    return true;
  });
}

void Exchange::abandon(Job& job) {
  if (std::erase(waiting_, &job) > 0) return;
  std::erase_if(drives_, [&](JobDrive& drive) { return &drive.job() == &job; });
}

void exchange(const EngineContext& context, Job& job, Pool<Connection>::Place place, Time now,
              Time deadline) {
  JobDrive drive(job, std::move(place), context.settings, deadline, now);
  wait_for_replies(drive, now);
  if (drive.finished()) return tell_health(context, drive);
  Exchange rest(context, deadline);
  rest.add(std::move(drive));
  std::vector<Job*> over;
  while (!rest.idle()) rest.step(Time::max(), over);
}

}  // namespace cachekit::io
