// The topology as the nodes have it: agents leave a copy with each. For clients without a route to
// the place where it is agreed on, or while that is away.
//
// Thread rule: as for every store. The router must outlive it.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "client/routing/router.h"
#include "client/topology/store.h"

namespace cachekit::api {

class NodeCopies final : public topology::Store {
 public:
  /// `seeds` are asked besides the nodes that the router knows.
  explicit NodeCopies(routing::Router& router, routing::NodeList seeds = {})
      : router_(router), seeds_(std::move(seeds)) {}

  /// The newest copy that is newer than what the router has, otherwise what the router has. Fails
  /// with unavailable if no node has answered, or none has a copy.
  Result<Topology> read() override;

  /// Both fail: the nodes agree on nothing.
  Result<bool> create(const Topology& first) override;
  Result<bool> compare_and_swap(std::uint64_t expected, Topology next) override;

  bool wait_for_change(io::Time deadline) override;
  void wake() override;
  void interrupt() override;

 private:
  routing::Router& router_;
  const routing::NodeList seeds_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool interrupted_ = false;
};

}  // namespace cachekit::api
