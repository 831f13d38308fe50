#include "client/metrics/node_meter.h"

namespace cachekit::metrics {

void NodeMeter::note_error_reply(Code code) {
  switch (code) {
    case Code::unavailable:
      return refused.add();
    case Code::wrong_type:
      return wrong_type.add();
    case Code::out_of_memory:
      return out_of_memory.add();
    case Code::unauthenticated:
      return unauthenticated.add();
    default:
      return other_errors.add();
  }
}

void NodeMeter::tell(NodeStats& stats) const {
  stats.errors = {.not_sent = not_sent.get(),
                  .unanswered = unanswered.get(),
                  .unreadable = unreadable.get(),
                  .refused = refused.get(),
                  .wrong_type = wrong_type.get(),
                  .out_of_memory = out_of_memory.get(),
                  .unauthenticated = unauthenticated.get(),
                  .other = other_errors.get()};
  stats.replies = 0;
  for (const CommandClass command_class : command_classes) {
    replies[command_class].add_to(stats.latency[command_class]);
    stats.replies += stats.latency[command_class].count();
  }
  stats.attempts =
      stats.replies + stats.errors.not_sent + stats.errors.unanswered + stats.errors.unreadable;
  stats.retries = retries.get();
  stats.retries_refused = retries_refused.get();
  stats.hedges = hedges.get();
  stats.hedges_won = hedges_won.get();
  stats.connections_opened = connections_opened.get();
  stats.connections_failed = connections_failed.get();
}

}  // namespace cachekit::metrics
