// What is counted and kept of a batch's attempts.

#include "client/metrics/class_of_command.h"
#include "client/routing/batch.h"

namespace cachekit::routing {

/// Before the answers are judged.
void Batch::note_attempt(const Lane& lane) const {
  metrics::NodeMeter& meter = lane.node->meter();
  PerClass<std::uint64_t> replies;
  for (std::size_t i = 0; i < lane.calls.size(); ++i) {
    const io::Answer& answer = lane.calls[i].answer;
    switch (answer.kind) {
      case io::Answer::Kind::replied:
        ++replies[metrics::class_of(commands_[lane.commands[i]].route.spec)];
        if (const Code code = code_of(answer); code != Code::ok) meter.note_error_reply(code);
        break;
      case io::Answer::Kind::not_sent:
        meter.not_sent.add();
        break;
      case io::Answer::Kind::unanswered:
        meter.unanswered.add();
        break;
      case io::Answer::Kind::unreadable:
        meter.unreadable.add();
        break;
    }
  }
  for (const CommandClass command_class : command_classes) {
    const std::uint64_t count = replies[command_class];
    if (count > 0) meter.replies[command_class].record(last_event_ - lane.sent_at, count);
  }
  if (lane.is_hedge) {
    meter.hedges_won.add(replies.read);
  } else if (lane.attempts > 1) {
    meter.retries.add(lane.calls.size());
  }
  if (log_ != nullptr) log_attempt(lane);
}

AttemptLog::Visit Batch::visit_of(const Lane& lane) const {
  return {.shard = lane.view != nullptr ? lane.view->name_of(*lane.nodes) : std::string(),
          .node = lane.node->name(),
          .began = lane.sent_at,
          .ended = last_event_,
          .hedged = lane.is_hedge};
}

void Batch::log_attempt(const Lane& lane) const {
  log_->add(visit_of(lane));
  for (std::size_t i = 0; i < lane.calls.size(); ++i) {
    log_->add_outcome(lane.commands[i], code_of(lane.calls[i].answer));
  }
}

/// Another node has answered sooner.
void Batch::log_outrun(const Lane& lane) const {
  log_->add(visit_of(lane));
  for (const std::uint32_t command : lane.commands) log_->add_outcome(command, Code::cancelled);
}

}  // namespace cachekit::routing
