// One transaction, planned on the view in force, and the batch that it comes to.
//
// Thread rule: one thread at a time.

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "cachekit/operation.h"
#include "client/io/engine.h"
#include "client/routing/batch.h"
#include "client/routing/call_report.h"
#include "client/routing/retry.h"
#include "client/routing/routed_call.h"
#include "client/routing/transaction.h"

namespace cachekit::routing {

class RoutedTransaction {
 public:
  /// Everything that is named here must outlive it. `began`: when its caller made it.
  RoutedTransaction(const RoutingTerms& terms, io::Environment& environment, std::string_view key,
                    std::span<const Request> requests, std::optional<int> write_replicas,
                    io::Time began, io::Time deadline);

  /// To be begun and carried until it is finished: at once, if the transaction is refused.
  Batch& batch() { return batch_; }

  /// Then, once: an array of the commands' answers. It is counted and told as well.
  Result<Value> result();

  /// The name under which it is told.
  static constexpr std::string_view name = "MULTI";

 private:
  std::span<Command> commands();

  const Observers observers_;
  const std::shared_ptr<const ClusterView> view_;
  const Result<Transaction> transaction_;
  const RetryPolicy policy_;
  std::array<Command, 1> command_;
  CallReport report_;
  Batch batch_;
};

}  // namespace cachekit::routing
