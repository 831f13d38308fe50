// A call of one request with one key, as most calls are: its first attempt is made without a plan
// and a batch, which cost more than all the rest of it. If it brings no final answer, a batch goes
// on from there as though it had made it.
//
// Thread rule: one thread at a time.

#pragma once

#include <memory>
#include <optional>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/io/engine.h"
#include "client/routing/call_report.h"
#include "client/routing/cluster_view.h"
#include "client/routing/route.h"
#include "client/routing/routed_call.h"

namespace cachekit::routing {

class SingleCall {
 public:
  /// Everything that is named here must outlive it. `began`: when its caller made it.
  SingleCall(const RoutingTerms& terms, io::Engine& engine, const Request& request, io::Time began,
             io::Time deadline);

  /// Once. The result is counted and told as well.
  Result<Value> run();

 private:
  /// Whether it is like most.
  bool is_plain(const Route& route) const;

  io::Job make_job(const Route& route, const NodeList& nodes) const;
  Result<Value> finish(const Route& route, io::Job& job);
  Result<Value> run_as_batch(std::optional<io::Job> attempt);

  const RoutingTerms& terms_;
  io::Engine& engine_;
  const Request& request_;
  const io::Time began_;
  const io::Time deadline_;
  const std::shared_ptr<const ClusterView> view_;
  io::Time sent_at_;
};

}  // namespace cachekit::routing
