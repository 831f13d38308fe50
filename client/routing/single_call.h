// A call of one request, on its way: driven like a batch (batch.h says what each function means),
// but the first attempt of what most calls are, one key and nothing special, is made without a plan
// and a batch, which cost more than all the rest of it. If it brings no final answer, a batch goes
// on from there as though it had made it.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/io/engine.h"
#include "client/routing/batch.h"
#include "client/routing/cluster_view.h"
#include "client/routing/route.h"
#include "client/routing/routed_call.h"

namespace cachekit::routing {

class SingleCall {
 public:
  /// Everything that is named here must outlive it, the terms excepted. `began`: when its caller
  /// made it.
  SingleCall(const RoutingTerms& terms, io::Environment& environment, const Request& request,
             io::Time began, io::Time deadline);

  void begin();

  io::Time deadline() const { return deadline_; }
  bool finished() const {
    return phase_ == Phase::batch ? call_->batch().finished() : phase_ == Phase::answered;
  }
  io::Time next_start() const {
    if (phase_ == Phase::batch) return call_->batch().next_start();
    return phase_ == Phase::due ? io::Time() : io::Time::max();
  }

  template <class Carry>
  void launch(Carry carry) {
    if (phase_ == Phase::batch) return call_->batch().launch(carry);
    if (io::Job* const job = launch_first()) carry(*job);
  }

  /// The job of the first attempt, if that is due and made without a batch; null otherwise.
  io::Job* launch_first();

  void settle(io::Job& job);

  template <class Drop>
  std::size_t drop_superseded(Drop drop) {
    return phase_ == Phase::batch ? call_->batch().drop_superseded(drop) : 0;
  }

  void abandon(const Status& why);

  /// Once it is finished. It is counted and told as well.
  Result<Value> result();

 private:
  enum class Phase : std::uint8_t { due, under_way, answered, batch };

  bool is_plain() const;
  bool is_answered() const;
  void go_on_as_batch();
  Result<Value> first_result();

  const RoutingTerms terms_;
  io::Environment& environment_;
  const Request& request_;
  const io::Time began_;
  const io::Time deadline_;
  const std::shared_ptr<const ClusterView> view_;
  const Result<Route> route_;
  Phase phase_ = Phase::due;
  Status abandoned_;           // why, if so
  bool has_replicas_ = false;  // the shard of the key
  io::Job first_;              // the first attempt; a batch that goes on takes it over
  io::Time sent_at_;
  io::Time answered_at_;
  std::unique_ptr<RoutedCall> call_;  // once it goes on as a batch
};

}  // namespace cachekit::routing
