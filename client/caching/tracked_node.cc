#include "client/caching/tracked_node.h"

#include <algorithm>
#include <utility>

namespace cachekit::caching {
namespace {

/// All calls of one node then share a connection.
constexpr io::ConnectionLimits one_connection{.alone = 0};

/// How much newer an answer must be to be worth noting: this part of max_silence.
constexpr int worth_noting = 10;

constexpr auto pause_after_failure = std::chrono::milliseconds(100);

}  // namespace

TrackedNode::TrackedNode(std::string name, topology::NodeAddress address, io::Duration max_silence,
                         const Guards& guards)
    : name_(std::move(name)),
      address_(std::move(address)),
      max_silence_(max_silence),
      guards_(guards) {}

void TrackedNode::drop_all() {
  source_.drop_all();
  drops_.fetch_add(1, std::memory_order_relaxed);
}

std::shared_ptr<io::Node> TrackedNode::reads(io::Time now) const {
  const std::lock_guard lock(mutex_);
  return now < reads_again_at_ ? nullptr : reads_;
}

void TrackedNode::reads_failed(io::Time now) {
  const std::lock_guard lock(mutex_);
  reads_again_at_ = now + pause_after_failure;
}

void TrackedNode::serve_untracked() {
  const std::lock_guard lock(mutex_);
  reads_ = std::make_shared<io::Node>(name_, address_, one_connection);
  source_.serve_until(io::Time::max());
}

void TrackedNode::link_is_up(std::int64_t connection_id) {
  const std::lock_guard lock(mutex_);
  link_id_ = connection_id;
  link_sent_ = {};
  served_until_ = {};
  reads_sent_.store({});
  reads_were_open_ = false;
  reads_ = std::make_shared<io::Node>(name_, address_, one_connection);
  if (!guards_.silence_bound) source_.serve_until(io::Time::max());
}

void TrackedNode::link_is_lost() {
  const std::lock_guard lock(mutex_);
  if (reads_ == nullptr) return;
  reads_ = nullptr;  // before the drop, so that a fill on it is void
  link_id_ = 0;
  if (!guards_.drop_at_reconnect) return;
  source_.serve_until(io::Time());
  drop_all();
}

void TrackedNode::link_answered(io::Time sent, io::Time now) {
  const std::lock_guard lock(mutex_);
  link_sent_ = sent;
  serve_while_answered(now);
}

std::int64_t TrackedNode::open_reads() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(reads_were_open_, true) && guards_.drop_at_reconnect) drop_all();
  return link_id_;
}

void TrackedNode::reads_answered(io::Time sent, io::Time now) {
  if (sent < reads_sent_.load(std::memory_order_relaxed) + max_silence_ / worth_noting) return;
  const std::lock_guard lock(mutex_);
  reads_sent_.store(std::max(sent, reads_sent_.load()));
  serve_while_answered(now);
}

void TrackedNode::serve_while_answered(io::Time now) {
  const io::Time reads_sent = reads_sent_.load();
  const bool both_have_answered = link_sent_ != io::Time() && reads_sent != io::Time();
  if (!both_have_answered || !guards_.silence_bound) return;
  const io::Time until = std::min(link_sent_, reads_sent) + max_silence_;
  if (until <= served_until_) return;
  // While it was silent another node may have become primary, and have been written to.
  const bool was_silent = served_until_ != io::Time() && served_until_ <= now;
  if (was_silent && replicated_.load() && guards_.drop_at_role_change) drop_all();
  served_until_ = until;
  source_.serve_until(until);
}

}  // namespace cachekit::caching
