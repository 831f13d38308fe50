#include "client/io/job_drive.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cachekit::io {

JobDrive::JobDrive(Job& job, Pool<Connection>::Place place, const ConnectionSettings& settings,
                   Time call_deadline, Time now)
    : job_(&job), settings_(&settings), call_deadline_(std::min(call_deadline, job.deadline)) {
  std::unique_ptr<Connection> idle = place.take();
  const bool trusted = idle && now - place.idle_since() < trusted_idle_time;
  place_.emplace(std::move(place));
  if (trusted || (idle && idle->still_usable())) {
    connection_ = std::move(idle);
    begin(now);
  }
}

void JobDrive::set_deadline(Time now, std::chrono::milliseconds timeout) {
  deadline_ = std::min(now + timeout, call_deadline_);
}

void JobDrive::open(Result<std::vector<SocketAddress>> addresses, Time now) {
  if (!addresses) return fail_opening(std::move(addresses.error()));
  set_deadline(now, settings_->connect_timeout);
  connection_ = std::make_unique<Connection>(job_->node->name(), *settings_);
  if (Status status = connection_->start(*std::move(addresses)); !status.ok()) {
    fail_opening(std::move(status));
  }
}

void JobDrive::begin(Time now) {
  if (is_demoted()) return check_deadline(now);
  state_ = State::talking;
  began_ = now;
  set_deadline(now, settings_->reply_timeout);
  for (const Call& call : job_->calls) connection_->queue(*call.request);
  connection_->write();
}

void JobDrive::advance(Time now) {
  if (state_ == State::opening) {
    if (Status status = connection_->proceed(); !status.ok())
      return fail_opening(std::move(status));
    if (!connection_->ready()) return;
    job_->node->meter().connections_opened.add();
    return begin(now);
  }
  connection_->write();
  const Status status = connection_->read(Connection::Wait::no);
  take_replies(now);
  if (!finished() && !status.ok()) fail(status);
}

void JobDrive::advance_by_waiting() {
  const Status status = connection_->read(Connection::Wait::for_first_byte);
  take_replies(Clock::now());
  if (!finished() && !status.ok()) fail(status);
}

bool JobDrive::may_wait_in_receive(Time now) const {
  return state_ == State::talking && !connection_->wants_write() &&
         deadline_ - now >= settings_->receive_slice;
}

void JobDrive::take_replies(Time now) {
  std::vector<Value>& replies = connection_->replies();
  const std::size_t taken = std::min(replies.size(), job_->calls.size() - answered_);
  if (taken == 0) return;
  for (std::size_t i = 0; i < taken; ++i) {
    Answer& answer = job_->calls[answered_++].answer;
    answer.kind = Answer::Kind::replied;
    answer.reply = std::move(replies[i]);
  }
  replies.erase(replies.begin(), replies.begin() + static_cast<std::ptrdiff_t>(taken));
  set_deadline(now, settings_->reply_timeout);
  if (answered_ == job_->calls.size()) complete(now);
}

void JobDrive::complete(Time now) {
  state_ = State::finished;
  // A reply to a request that is not wholly sent is a node's farewell.
  const bool all_sent = !connection_->wants_write();
  connection_->finish();
  job_->node->latency().note(now - began_);
  if (all_sent && connection_->clean()) place_->keep(std::move(connection_), now);
  connection_.reset();
  place_.reset();
}

Time JobDrive::next_check(Time now) const {
  if (!job_->demotions) return deadline_;
  return std::min(deadline_, now + settings_->receive_slice);
}

bool JobDrive::is_demoted() const {
  return job_->demotions && *job_->demotions != job_->node->demotions();
}

void JobDrive::check_deadline(Time now) {
  if (finished()) return;
  if (is_demoted()) {
    const Status failure(Code::unavailable,
                         fmt::format("node {} is no primary any more", job_->node->name()));
    return state_ == State::talking ? fail(failure) : fail_opening(failure);
  }
  if (now < deadline_) return;
  const bool call_ended = deadline_ == call_deadline_;
  const std::string& node = job_->node->name();
  if (state_ == State::talking) {
    return fail(Status(
        Code::deadline_exceeded,
        call_ended ? fmt::format("node {} did not answer before the call's time was over", node)
                   : fmt::format("node {} did not answer within {} ms", node,
                                 settings_->reply_timeout.count())));
  }
  fail_opening(
      Status(call_ended ? Code::deadline_exceeded : Code::unavailable,
             fmt::format("node {} could not be reached within {}", node,
                         call_ended ? "the call's time"
                                    : fmt::format("{} ms", settings_->connect_timeout.count()))));
}

void JobDrive::fail_opening(Status failure) {
  opening_failure_ = failure;
  job_->node->latency().note_failure(Duration::zero());
  const bool refused = connection_ && connection_->refused();
  for (Call& call : job_->calls) {
    call.answer.failure = failure;
    call.answer.refused = refused;
  }
  state_ = State::finished;
  connection_.reset();
  place_.reset();
}

void JobDrive::fail(const Status& failure) {
  job_->node->latency().note_given_up(Clock::now() - began_, job_->hedged);
  const bool unreadable =
      failure.code() == Code::protocol_error || failure.code() == Code::limit_exceeded;
  for (std::size_t i = answered_; i < job_->calls.size(); ++i) {
    Answer& answer = job_->calls[i].answer;
    answer.failure = failure;
    if (connection_->handed_over(i)) answer.kind = Answer::Kind::unanswered;
    if (unreadable && i == answered_) answer.kind = Answer::Kind::unreadable;
  }
  state_ = State::finished;
  connection_.reset();
  place_.reset();
}

}  // namespace cachekit::io
