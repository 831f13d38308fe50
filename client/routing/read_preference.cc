#include "client/routing/read_preference.h"

#include <algorithm>

namespace cachekit::routing {
namespace {

std::size_t below(std::size_t bound, double random) {
  return std::min(static_cast<std::size_t>(random * static_cast<double>(bound)), bound - 1);
}

std::size_t quickest(const NodeList& nodes) {
  const auto found = std::ranges::min_element(
      nodes, {}, [](const std::shared_ptr<io::Node>& node) { return node->latency().smoothed(); });
  return static_cast<std::size_t>(found - nodes.begin());
}

}  // namespace

std::size_t ReadPreference::choose(const NodeList& nodes, double random) const {
  switch (policy_) {
    case ReadPolicy::primary:
      return 0;
    case ReadPolicy::prefer_replica:
      return 1 + below(nodes.size() - 1, random);
    case ReadPolicy::nearest:
      if (random >= exploring_share) return quickest(nodes);
      return below(nodes.size(), random / exploring_share);
    case ReadPolicy::any:
      return below(nodes.size(), random);
  }
  return 0;
}

std::size_t ReadPreference::choose_for_hot(const NodeList& nodes, double random) const {
  if (policy_ == ReadPolicy::prefer_replica) return choose(nodes, random);
  return below(nodes.size(), random);
}

bool ReadPreference::is_hot(const Request& request, const Route& route) const {
  for (std::size_t i = 0; i < route.keys.count; ++i) {
    if (!hot_keys_->is_hot(request[key_position(route.keys, i)])) return false;
  }
  return route.keys.count > 0;
}

}  // namespace cachekit::routing
