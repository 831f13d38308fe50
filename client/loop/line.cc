#include "client/loop/line.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "client/io/buffer.h"
#include "client/loop/event_loop.h"
#include "client/loop/lookup.h"

namespace cachekit::loop {
namespace {

/// Nobody puts others into a line's queue.
Errand& errand_of(io::Ticket& ticket) { return static_cast<Errand&>(ticket); }
const Errand& errand_of(const io::Ticket& ticket) { return static_cast<const Errand&>(ticket); }

}  // namespace

std::optional<Status> why_demoted(const Errand& errand) {
  const io::Job& job = *errand.job;
  if (!job.demotions || *job.demotions == job.node->demotions()) return std::nullopt;
  return Status(Code::unavailable, fmt::format("node {} is no primary any more", job.node->name()));
}

Line::Line(EventLoop& loop, io::Node& node, Kind kind, std::function<void()> became_idle)
    : loop_(loop), node_(node), kind_(kind), became_idle_(std::move(became_idle)) {}

// The socket is watched no longer when it is closed.
Line::~Line() { poll_.reset(); }

void Line::submit(Errand& errand) {
  errand.submitted = errand.progress = loop_.now();
  errand.line = this;
  queue_.add(errand);
  set_alarm(due(errand));
  if (!std::exchange(noted_, true)) loop_.note_unsent(*this);
}

void Line::flush() {
  noted_ = false;
  if (connection_) return send();
  if (!opening_ && !lookup_ && !queue_.empty()) open();
}

void Line::open() {
  opening_deadline_ = loop_.now() + loop_.context().settings.connect_timeout;
  set_alarm(opening_deadline_);
  if (auto known = io::Resolver::without_lookup(node_.address())) return connect(*std::move(known));
  lookup_ = std::make_shared<int>();
  look_up(loop_.uv(), loop_.context().resolver, node_.address(), opening_deadline_,
          [this, waits = std::weak_ptr(lookup_)](Addresses addresses) {
            if (waits.expired()) return;  // nor is there a line, perhaps
            loop_.refresh_time();
            lookup_.reset();
            connect(std::move(addresses));
          });
}

void Line::connect(Addresses addresses) {
  if (!addresses) return fail_opening(addresses.error());
  const io::ConnectionSettings& settings = loop_.context().settings;
  opening_deadline_ = loop_.now() + settings.connect_timeout;
  opening_ = std::make_unique<io::Connection>(node_.name(), settings);
  if (Status status = opening_->start(*std::move(addresses)); !status.ok()) {
    return fail_opening(status);
  }
  watch(*opening_, true);
}

void Line::proceed_opening() {
  if (Status status = opening_->proceed(); !status.ok()) return fail_opening(status);
  if (!opening_->ready()) return watch(*opening_, (opening_->wanted_events() & POLLOUT) != 0);
  connection_ = std::move(opening_);
  node_.meter().connections_opened.add();
  opened_ = heard_ = loop_.now();
  watch(*connection_, false);
  set_alarm_anew();
  send();
}

void Line::fail_opening(const Status& failure) {
  const bool refused = opening_ && opening_->refused();
  poll_.reset();
  opening_.reset();
  node_.latency().note_failure(io::Duration::zero());
  loop_.context().node_failed(node_, failure);
  queue_.refuse_all(failure, refused, [&](io::Ticket& ticket) { end(errand_of(ticket)); });
  tell_if_idle();
}

void Line::watch(const io::Connection& connection, bool wants_to_write) {
  const int events = wants_to_write ? UV_READABLE | UV_WRITABLE : UV_READABLE;
  const int descriptor = connection.descriptor();
  if (!poll_ || watched_ != descriptor) {
    auto handle = std::make_unique<uv_poll_t>();
    poll_.reset();
    if (uv_poll_init(&loop_.uv(), handle.get(), descriptor) != 0) return;  // ends at the deadline
    poll_.reset(handle.release());
    poll_->data = this;
    watched_ = descriptor;
    events_ = 0;
  }
  if (events == std::exchange(events_, events)) return;
  uv_poll_start(poll_.get(), events, [](uv_poll_t* poll, int, int ready) {
    static_cast<Line*>(poll->data)->on_ready(ready);
  });
}

void Line::on_ready(int events) {
  loop_.refresh_time();
  if (opening_) {
    proceed_opening();
  } else {
    if ((events & UV_WRITABLE) != 0) send();
    if (connection_) receive();
  }
  loop_.tell_carried();
}

void Line::send() {
  while (true) {
    if (sending_.empty()) {
      if (!queue_.has_unsent()) return watch(*connection_, false);
      if (queue_.under_way() == 0) heard_ = loop_.now();
      queue_.take_unsent(sending_);
    }
    const io::Transfer transfer = connection_->send(std::string_view(sending_).substr(sent_));
    queue_.note_sent(transfer.bytes);
    sent_ += transfer.bytes;
    if (sent_ == sending_.size()) {
      io::clear_sent(sending_);
      sent_ = 0;
    } else if (transfer.result == io::Transfer::Result::would_block) {
      return watch(*connection_, true);
    } else if (transfer.result != io::Transfer::Result::moved) {
      return watch(*connection_, false);  // the next read says why it is lost
    }
  }
}

void Line::receive() {
  const Status status = connection_->read(io::Connection::Wait::no);
  deliver();
  if (connection_ && !status.ok()) break_off(status);
  tell_if_idle();
}

void Line::deliver() {
  std::vector<Value>& replies = connection_->replies();
  if (replies.empty()) return;
  heard_ = loop_.now();
  node_.breaker().note_sign_of_life();
  loop_.context().node_answered(node_);
  for (Value& reply : replies) {
    const io::Multiplexer::Delivery delivery = queue_.deliver(std::move(reply), heard_);
    if (!delivery.expected) {
      return break_off(
          Status(Code::protocol_error,
                 fmt::format("node {} sent a reply that nobody asked for", node_.name())));
    }
    if (delivery.finished == nullptr) continue;
    node_.latency().note(heard_ - delivery.finished->submitted);
    end(errand_of(*delivery.finished));
  }
  replies.clear();
}

/// What was not taken for sending goes over the next connection.
void Line::break_off(const Status& failure) {
  poll_.reset();
  connection_.reset();
  io::clear_sent(sending_);
  sent_ = 0;
  queue_.break_off(failure, false, [&](io::Ticket& ticket) {
    node_.latency().note_failure(loop_.now() - ticket.submitted);
    end(errand_of(ticket));
  });
  if (!queue_.empty() && !std::exchange(noted_, true)) loop_.note_unsent(*this);
}

void Line::end(Errand& errand) {
  errand.line = nullptr;
  loop_.note_carried(errand);
}

void Line::tell_if_idle() {
  if (queue_.empty() && became_idle_) became_idle_();
}

void Line::abandon(Errand& errand, const Status& why) {
  errand.line = nullptr;
  queue_.give_up(errand, why);
  if (kind_ == Kind::single && connection_ && queue_.under_way() > 0) break_off(why);
  tell_if_idle();
}

void Line::look_at_demotions() { end_those_that(why_demoted); }

io::Time Line::due(const Errand& errand) const {
  if (!connection_) return errand.deadline;
  return std::min(errand.deadline,
                  std::max(errand.progress, opened_) + loop_.context().settings.reply_timeout);
}

Status Line::why_late(const Errand& errand) const {
  const std::string& node = node_.name();
  if (loop_.now() >= errand.deadline) {
    return Status(Code::deadline_exceeded,
                  fmt::format("node {} {} before the call's time was over", node,
                              connection_ ? "did not answer" : "could not be reached"));
  }
  return Status(Code::deadline_exceeded,
                fmt::format("node {} did not answer within {} ms", node,
                            loop_.context().settings.reply_timeout.count()));
}

void Line::ring() {
  alarm_at_ = io::Time::max();
  end_those_that([&](const Errand& errand) -> std::optional<Status> {
    if (loop_.now() < due(errand)) return std::nullopt;
    return why_late(errand);
  });
  const bool is_opening = opening_ || lookup_;
  if (is_opening && loop_.now() >= opening_deadline_) {
    lookup_.reset();
    fail_opening(Status(Code::unavailable,
                        fmt::format("node {} could not be reached within {} ms", node_.name(),
                                    loop_.context().settings.connect_timeout.count())));
  }
  set_alarm_anew();
}

void Line::end_those_that(const std::function<std::optional<Status>(const Errand&)>& why_over) {
  bool any = false;
  queue_.give_up_if([&](const io::Ticket& ticket) { return why_over(errand_of(ticket)); },
                    [&](io::Ticket& ticket) {
                      any = true;
                      node_.latency().note_given_up(loop_.now() - ticket.submitted,
                                                    ticket.job->hedged);
                      end(errand_of(ticket));
                    });
  if (!any) return;
  leave_if_silent();
  tell_if_idle();
}

/// After something was given up.
void Line::leave_if_silent() {
  if (!connection_ || queue_.under_way() == 0) return;
  const auto longest_silence = 2 * loop_.context().settings.reply_timeout;
  if (kind_ == Kind::shared && loop_.now() - heard_ < longest_silence) return;
  break_off(Status(Code::unavailable, fmt::format("node {} has answered nothing for {} ms",
                                                  node_.name(), longest_silence.count())));
}

void Line::set_alarm(io::Time time) {
  if (time >= alarm_at_) return;
  alarm_at_ = time;
  loop_.alarms().set(*this, time);
}

void Line::set_alarm_anew() {
  if (opening_ || lookup_) set_alarm(opening_deadline_);
  queue_.visit([&](const io::Ticket& ticket) { set_alarm(due(errand_of(ticket))); });
}

}  // namespace cachekit::loop
