// CONFIG: reads and changes settings, and sets the counters back.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "node/commands/config_parameters.h"
#include "node/commands/glob.h"
#include "node/commands/help.h"
#include "node/commands/subcommands.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using Match = std::pair<std::string_view, const ConfigParameter*>;

// A parameter asked for by its plain name is answered under the name as it was asked.
void add_matches(std::vector<Match>& matches, std::string_view pattern) {
  const auto add = [&](std::string_view name, const ConfigParameter& parameter) {
    const bool known = std::any_of(matches.begin(), matches.end(),
                                   [&](const Match& match) { return match.second == &parameter; });
    if (!known) matches.emplace_back(name, &parameter);
  };
  if (const ConfigParameter* parameter = find_config_parameter(pattern)) {
    return add(pattern, *parameter);
  }
  const std::string wanted = lower(pattern);
  for (const ConfigParameter& parameter : config_parameters()) {
    if (glob_matches(wanted, parameter.name)) add(parameter.name, parameter);
  }
}

void config_get(Context& context) {
  std::vector<Match> matches;
  for (const std::string_view pattern : context.arguments.subspan(2)) add_matches(matches, pattern);
  context.reply.map(matches.size());
  for (const auto& [name, parameter] : matches) {
    context.reply.bulk(name);
    context.reply.bulk(parameter->get(context.node));
  }
}

std::string failed(std::string_view name, std::string_view why) {
  return fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why);
}

// The error to answer if one of the names is unknown, fixed or given twice; otherwise empty.
std::string problem_with_names(std::span<const std::string_view> pairs) {
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const ConfigParameter* parameter = find_config_parameter(pairs[i]);
    if (parameter == nullptr) {
      return fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'",
                         pairs[i]);
    }
    if (parameter->set == nullptr) return failed(pairs[i], "can't set immutable config");
    for (std::size_t j = 0; j < i; j += 2) {
      if (find_config_parameter(pairs[j]) == parameter) {
        return failed(pairs[i], "duplicate parameter");
      }
    }
  }
  return {};
}

// All pairs take effect, or none.
void config_set(Context& context) {
  const auto pairs = context.arguments.subspan(2);
  if (pairs.size() % 2 != 0) {
    return context.reply.error("ERR wrong number of arguments for 'config|set' command");
  }
  std::string error = problem_with_names(pairs);
  Settings settings = context.node.settings();
  for (std::size_t i = 0; i < pairs.size() && error.empty(); i += 2) {
    const std::string why = find_config_parameter(pairs[i])->set(settings, pairs[i + 1]);
    if (!why.empty()) error = failed(pairs[i], why);
  }
  if (!error.empty()) return context.reply.error(error);
  const auto changed = context.node.change_settings(std::move(settings));
  if (!changed) return context.reply.error(failed("maxmemory-policy", changed.error()));
  context.reply.ok();
}

void config_resetstat(Context& context) {
  context.node.reset_statistics();
  context.reply.ok();
}

constexpr std::array<Subcommand, 4> of_config{{
    {"config|get", -3, config_get, "Returns the settings whose names match <pattern> ..."},
    {"config|help", 2, subcommand_help, "Prints this help."},
    {"config|resetstat", 2, config_resetstat, "Sets the counters of INFO back to zero."},
    {"config|set", -4, config_set, "Changes settings: <name> <value> [<name> <value> ...]"},
}};

}  // namespace

std::span<const Subcommand> config_subcommands() { return of_config; }

void config(Context& context) { run_subcommand(context); }

}  // namespace cachekit::node::commands
