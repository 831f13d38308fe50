#include "client/routing/routed_call.h"

namespace cachekit::routing {

RoutedCall::RoutedCall(const RoutingTerms& terms, io::Environment& environment,
                       std::span<const Request> requests, io::Time deadline)
    : view_(terms.views.get()),
      plan_(*view_, requests),
      batch_(environment, terms.policy, plan_.commands(), deadline) {
  plan_.add_lanes(batch_);
  batch_.follow(terms.views, view_);
  if (terms.preference != nullptr) batch_.prefer(*terms.preference);
  if (terms.hedging != nullptr) batch_.hedge(*terms.hedging);
}

}  // namespace cachekit::routing
