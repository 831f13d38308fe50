// The sections of INFO: what a node says of itself, in Redis's field names, so that existing
// exporters and dashboards read it. A field of Redis that has no meaning here is left out, unless
// tools are known to need it.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "node/node.h"

namespace cachekit::node::commands {

struct InfoSection {
  std::string_view name;  ///< As asked for, in small letters.
  std::string_view title;
  bool by_default;
  void (*write)(const Node& node, std::string& out);
};

/// In the order in which INFO prints them.
std::span<const InfoSection> info_sections();

}  // namespace cachekit::node::commands
