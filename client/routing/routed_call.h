// One call: its requests, planned on the view in force, and the batch that they come to.
//
// Thread rule: one thread at a time.

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "cachekit/operation.h"
#include "client/io/engine.h"
#include "client/routing/batch.h"
#include "client/routing/call_report.h"
#include "client/routing/current_view.h"
#include "client/routing/hedging.h"
#include "client/routing/plan.h"
#include "client/routing/read_preference.h"
#include "client/routing/retry.h"

namespace cachekit::routing {

/// What a router's calls have in common.
struct RoutingTerms {
  const CurrentView& views;
  const RetryPolicy& policy;
  ReadPreference* preference;  ///< Null: reads go to the primary.
  Hedging* hedging;            ///< Null: reads are not hedged.
  Observers observers;
};

class RoutedCall {
 public:
  /// Everything that is named here must outlive it. `began`: when its caller made it.
  RoutedCall(const RoutingTerms& terms, io::Environment& environment,
             std::span<const Request> requests, io::Time began, io::Time deadline)
      : RoutedCall(terms, terms.views.get(), environment, requests, began, deadline) {}

  /// The same on a view that has been looked up already.
  RoutedCall(const RoutingTerms& terms, std::shared_ptr<const ClusterView> view,
             io::Environment& environment, std::span<const Request> requests, io::Time began,
             io::Time deadline);

  /// To be begun and carried until it is finished.
  Batch& batch() { return batch_; }
  const Batch& batch() const { return batch_; }

  /// Then, once: one result for each request, in their order. They are counted and told as well.
  std::vector<Result<Value>> results();

 private:
  const std::shared_ptr<const ClusterView> view_;
  const std::span<const Request> requests_;
  CallReport report_;
  Plan plan_;
  Batch batch_;
};

}  // namespace cachekit::routing
