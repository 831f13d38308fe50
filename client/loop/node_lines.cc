#include "client/loop/node_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "client/loop/event_loop.h"

namespace cachekit::loop {

NodeLines::NodeLines(EventLoop& loop, std::shared_ptr<io::Node> node)
    : loop_(loop), node_(std::move(node)), shared_(loop, *node_, Line::Kind::shared, {}) {}

void NodeLines::carry(Errand& errand) {
  if (io::may_share(*errand.job)) return shared_.submit(errand);
  waiting_.push_back(&errand);
  serve_waiting();
}

Line* NodeLines::find_free_line() {
  const auto free = std::ranges::find_if(single_, [](const auto& line) { return line->idle(); });
  if (free != single_.end()) return free->get();
  if (single_.size() == node_->pool().limit()) return nullptr;
  return single_
      .emplace_back(
          std::make_unique<Line>(loop_, *node_, Line::Kind::single, [this] { serve_waiting(); }))
      .get();
}

void NodeLines::serve_waiting() {
  while (!waiting_.empty()) {
    Line* const line = find_free_line();
    if (line == nullptr) break;
    line->submit(*waiting_.front());
    waiting_.pop_front();
  }
  set_alarm();
}

void NodeLines::set_alarm() {
  if (waiting_.empty()) return loop_.alarms().clear(*this);
  io::Time first = io::Time::max();
  for (const Errand* errand : waiting_) first = std::min(first, errand->deadline);
  loop_.alarms().set(*this, first);
}

void NodeLines::ring() {
  end_waiting([&](const Errand& errand) -> std::optional<Status> {
    if (loop_.now() < errand.deadline) return std::nullopt;
    return Status(
        Code::deadline_exceeded,
        fmt::format("the time was over before a connection to node {} was free", node_->name()));
  });
}

template <class WhyOver>
void NodeLines::end_waiting(WhyOver why_over) {
  std::erase_if(waiting_, [&](Errand* errand) {
    const std::optional<Status> why = why_over(*errand);
    if (!why) return false;
    for (io::Call& call : errand->job->calls) call.answer.failure = *why;
    loop_.note_carried(*errand);
    return true;
  });
  set_alarm();
}

void NodeLines::abandon(Errand& errand, const Status& why) {
  if (errand.line != nullptr) return errand.line->abandon(errand, why);
  for (io::Call& call : errand.job->calls) call.answer.failure = why;
  std::erase(waiting_, &errand);
  set_alarm();
}

void NodeLines::look_at_demotions() {
  shared_.look_at_demotions();
  for (const auto& line : single_) line->look_at_demotions();
  end_waiting([&](const Errand& errand) { return why_demoted(errand); });
}

bool NodeLines::is_forgotten() const {
  return node_.use_count() == 1 && waiting_.empty() && shared_.unused() &&
         std::ranges::all_of(single_, [](const auto& line) { return line->unused(); });
}

}  // namespace cachekit::loop
