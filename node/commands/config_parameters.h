// The settings that CONFIG GET shows and CONFIG SET changes, under Redis's names.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "node/node.h"

namespace cachekit::node::commands {

struct ConfigParameter {
  std::string_view name;
  std::string (*get)(const Node& node);

  /// Changes the settings, or returns why the value is not acceptable. nullptr: fixed at start.
  std::string (*set)(Settings& settings, std::string_view value);
};

std::span<const ConfigParameter> config_parameters();

/// In any case; nullptr if there is none.
const ConfigParameter* find_config_parameter(std::string_view name);

}  // namespace cachekit::node::commands
