#include "node/staleness.h"

#include "node/node.h"

namespace cachekit::node {

std::optional<std::int64_t> staleness_ms(const Node& node) {
  const std::int64_t now_ms = node.now().monotonic_ms;
  if (const auto& primary = node.replication().primary()) return primary->freshness.age_ms(now_ms);
  if (const auto* mandate = node.mandate()) return mandate->lapsed_for_ms(now_ms);
  return 0;
}

}  // namespace cachekit::node
