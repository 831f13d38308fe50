#include "client/api/topology_watch.h"

#include <fmt/format.h>

#include <utility>

namespace cachekit::api {
namespace {

/// A change that nobody told of is seen after this.
constexpr auto look_interval = std::chrono::seconds(1);

}  // namespace

TopologyWatch::TopologyWatch(routing::Router& router, std::unique_ptr<topology::Store> store,
                             Log log)
    : router_(router), store_(std::move(store)), log_(std::move(log)), thread_([this] { run(); }) {}

TopologyWatch::~TopologyWatch() {
  stopping_ = true;
  store_->interrupt();
  thread_.join();
}

void TopologyWatch::run() {
  while (!stopping_) {
    look();
    store_->wait_for_change(io::Clock::now() + look_interval);
  }
}

// What makes no sense, or is older, leaves the last good one in force.
void TopologyWatch::look() {
  Result<Topology> topology = store_->read();
  const Result<void> taken = topology ? router_.take(*std::move(topology))
                                      : Result<void>(tl::unexpected(topology.error()));
  const std::string complaint = taken ? "" : taken.error().message();
  if (log_ && !complaint.empty() && complaint != last_complaint_) {
    log_(LogLevel::warning, fmt::format("goes on with the topology it has: {}", complaint));
  }
  last_complaint_ = complaint;
}

}  // namespace cachekit::api
