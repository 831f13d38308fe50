// What MEMORY STATS and MEMORY DOCTOR say.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/node.h"

namespace cachekit::node::commands {

struct MemoryFigure {
  std::string_view name;  ///< As Redis has it, where it means the same.
  double value;
  bool is_ratio = false;  ///< If not, a number of bytes or of things.
};

std::vector<MemoryFigure> memory_figures(const Node& node);

/// A sentence for people.
std::string memory_advice(const Node& node);

}  // namespace cachekit::node::commands
