#include "node/failover/mandate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace cachekit::node::failover {
namespace {

// A replica's clock may run slower than its primary's; by this share it waits longer.
constexpr std::int64_t clock_rate_share = 10;

}  // namespace

std::string to_line(const Mandate& mandate) {
  return fmt::format("{} {}", name_of(mandate.role()), mandate.epoch());
}

ProbeOutcome outcome_of(std::string_view line, Epoch epoch) {
  const std::string_view role = line.substr(0, line.find(' '));
  if (role != name_of(NodeRole::primary)) return ProbeOutcome::dead;
  const std::string_view number = line.substr(std::min(role.size() + 1, line.size()));
  Epoch its_epoch = 0;
  std::from_chars(number.data(), number.data() + number.size(), its_epoch);
  return its_epoch >= epoch ? ProbeOutcome::alive : ProbeOutcome::silent;
}

Mandate::Mandate(std::string run_id, std::int64_t lease_ms, Guards guards)
    : run_id_(std::move(run_id)), lease_ms_(lease_ms), guards_(guards) {}

tl::expected<void, std::string> Mandate::check(const Order& order) const {
  if (guards_.run_id && order.run_id != run_id_) {
    return tl::unexpected<std::string>("STALERUN this process has another run-id");
  }
  const Epoch known = std::max(order_.epoch, promised_);
  if (guards_.epoch && order.epoch < known) {
    return tl::unexpected(fmt::format("STALEEPOCH this node is bound by epoch {}", known));
  }
  if (order.epoch != order_.epoch || order_.role == NodeRole::none) return {};
  if (order.role != order_.role || order.primary != order_.primary) {
    return tl::unexpected(
        fmt::format("STALEEPOCH this node has another order of epoch {}", order.epoch));
  }
  return {};
}

tl::expected<Mandate::Taken, std::string> Mandate::take(const Order& order) {
  if (auto checked = check(order); !checked) return tl::unexpected(checked.error());
  if (order.epoch == order_.epoch && order_.role != NodeRole::none) {
    // Within an epoch a primary may come to need a lease, and an observer may become a replica. The
    // reverse would take away what promotions count on.
    order_.alone = order_.alone && order.alone;
    order_.observes = order_.observes && order.observes;
    return Taken::repeated;
  }
  order_ = order;
  promised_ = std::max(promised_, order.epoch);
  lease_from_ms_.reset();
  closed_ = false;
  if (order.role == NodeRole::primary) note_data_up_to_date();
  return Taken::changed;
}

tl::expected<void, std::string> Mandate::check_promise(Epoch epoch) const {
  if (order_.role == NodeRole::primary) {
    return tl::unexpected<std::string>("NOPROMISE this node is a primary itself");
  }
  if (guards_.epoch && (epoch <= order_.epoch || epoch < promised_)) {
    return tl::unexpected(fmt::format("STALEEPOCH this node is bound by epoch {}",
                                      std::max(order_.epoch, promised_)));
  }
  return {};
}

bool Mandate::may_give_up_on(ProbeOutcome outcome, std::int64_t heard_ms_ago) const {
  if (!guards_.promise) return true;
  switch (outcome) {
    case ProbeOutcome::alive:
      return false;
    case ProbeOutcome::dead:
      return true;
    case ProbeOutcome::silent:
      return heard_ms_ago >= patience_ms();
  }
  return false;
}

std::int64_t Mandate::patience_ms() const {
  const std::int64_t lease_ms = std::max(lease_ms_, lease_of_primary_ms_);
  return lease_ms + lease_ms / clock_rate_share;
}

void Mandate::promise(Epoch epoch) { promised_ = std::max(promised_, epoch); }

void Mandate::renew_lease(std::int64_t sent_ms) {
  lease_from_ms_ = std::max(lease_from_ms_.value_or(sent_ms), sent_ms);
}

LeaseState Mandate::lease(std::int64_t now_ms) const {
  if (order_.role != NodeRole::primary || order_.alone) return LeaseState::unneeded;
  const bool held = lease_from_ms_ && now_ms - *lease_from_ms_ < lease_ms_;
  return held ? LeaseState::held : LeaseState::lapsed;
}

std::int64_t Mandate::lapsed_for_ms(std::int64_t now_ms) const {
  if (lease(now_ms) != LeaseState::lapsed) return 0;
  return lease_from_ms_ ? now_ms - *lease_from_ms_ - lease_ms_ : now_ms - ordered_ms_;
}

tl::expected<void, std::string> Mandate::close(Epoch epoch) {
  if (order_.role != NodeRole::primary || epoch != order_.epoch) {
    return tl::unexpected(
        fmt::format("STALEEPOCH this node is no primary of epoch {}, but {} of epoch {}", epoch,
                    name_of(order_.role), order_.epoch));
  }
  closed_ = true;
  return {};
}

std::optional<std::string> Mandate::refusal_of_write(std::int64_t now_ms) const {
  if (order_.role != NodeRole::primary) return std::nullopt;  // replication refuses
  if (closed_) return "TRYAGAIN this primary hands over";
  if (guards_.lease && lease(now_ms) == LeaseState::lapsed) {
    return "TRYAGAIN no replica has answered this primary lately";
  }
  return std::nullopt;
}

bool Mandate::may_acknowledge(std::int64_t now_ms) const {
  if (!guards_.lease) return true;
  // An order of the same turn may have made another node the primary.
  return order_.role == NodeRole::primary && lease(now_ms) != LeaseState::lapsed;
}

}  // namespace cachekit::node::failover
