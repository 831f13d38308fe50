#include "node/eviction.h"

#include <fmt/format.h>

#include <vector>

namespace cachekit::node {

std::string eviction_names() {
  std::vector<std::string_view> names;
  for (const NamedEviction& named : named_evictions) names.push_back(named.short_name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace cachekit::node
