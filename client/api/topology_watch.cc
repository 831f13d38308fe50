#include "client/api/topology_watch.h"

#include <fmt/format.h>

#include <utility>

namespace cachekit::api {
namespace {

/// A change that nobody told of is seen after this.
constexpr auto look_interval = std::chrono::seconds(1);

/// While nodes are not what they should be, all calls say so.
constexpr auto least_time_between_doubts = std::chrono::milliseconds(50);

}  // namespace

TopologyWatch::TopologyWatch(routing::Router& router, std::unique_ptr<topology::Store> store,
                             Log log)
    : router_(router),
      store_(std::move(store)),
      copies_(router),
      log_(std::move(log)),
      thread_([this] { run(); }) {}

TopologyWatch::~TopologyWatch() { stop(); }

void TopologyWatch::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  store_->interrupt();
  thread_.join();
}

void TopologyWatch::run() {
  while (!stopping_) {
    doubted_ = false;
    look();
    const io::Time looked = io::Clock::now();
    const bool changed = store_->wait_for_change(looked + look_interval);
    if (!changed && doubted_) store_->wait_for_change(looked + least_time_between_doubts);
  }
}

void TopologyWatch::doubt() {
  if (!doubted_.exchange(true)) store_->wake();
}

// A store that is there and makes no sense says so; one that cannot be reached does not.
Result<Topology> TopologyWatch::read() {
  Result<Topology> topology = store_->read();
  if (topology || topology.error().code() != Code::unavailable) return topology;
  Result<Topology> copy = copies_.read();
  return copy && copy->version > router_.view()->topology().version ? copy : topology;
}

// What makes no sense, or is older, leaves the last good one in force.
void TopologyWatch::look() {
  Result<Topology> topology = read();
  const Result<void> taken = topology ? router_.take(*std::move(topology))
                                      : Result<void>(tl::unexpected(topology.error()));
  const std::string complaint = taken ? "" : taken.error().message();
  if (log_ && !complaint.empty() && complaint != last_complaint_) {
    log_(LogLevel::warning, fmt::format("goes on with the topology it has: {}", complaint));
  }
  last_complaint_ = complaint;
}

}  // namespace cachekit::api
