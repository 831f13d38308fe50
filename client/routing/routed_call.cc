#include "client/routing/routed_call.h"

#include <algorithm>
#include <utility>

namespace cachekit::routing {

RoutedCall::RoutedCall(const RoutingTerms& terms, std::shared_ptr<const ClusterView> view,
                       io::Environment& environment, std::span<const Request> requests,
                       io::Time began, io::Time deadline)
    : view_(std::move(view)),
      requests_(requests),
      report_(terms.observers, began),
      plan_(*view_, requests),
      batch_(environment, terms.policy, plan_.commands(), deadline) {
  plan_.add_lanes(batch_);
  batch_.follow(terms.views, view_);
  if (terms.preference != nullptr) batch_.prefer(*terms.preference);
  if (terms.hedging != nullptr) batch_.hedge(*terms.hedging);
  for (const Command& command : plan_.commands()) report_.look_at(*command.request, command.route);
  report_.follow(batch_);
}

std::vector<Result<Value>> RoutedCall::results() {
  std::vector<Result<Value>> results = plan_.results();
  report_.end(std::max(report_.began(), batch_.last_event()), results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Plan::Planned planned = plan_.planned(i);
    report_.note({.request = &requests_[i],
                  .route = planned.route,
                  .code = results[i] ? Code::ok : results[i].error().code(),
                  .first_command = planned.first_command,
                  .commands = planned.commands});
  }
  report_.finish();
  return results;
}

}  // namespace cachekit::routing
