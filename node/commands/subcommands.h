// The commands that consist of subcommands: CLIENT, COMMAND, CONFIG, MEMORY and OBJECT.
//
// Each has one table, which checks arity before execution, names the subcommand in statistics and
// CLIENT LIST, and says who handles it.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "node/commands/context.h"

namespace cachekit::node {

struct Subcommand {
  std::string_view full_name;  ///< As in "client|list".
  int arity;                   ///< With both names; -n: n or more.
  Handler handler;
  std::string_view summary;

  std::string_view name() const { return full_name.substr(full_name.find('|') + 1); }

  bool accepts(std::size_t argument_count) const {
    const auto least = static_cast<std::size_t>(arity < 0 ? -arity : arity);
    return arity < 0 ? argument_count >= least : argument_count == least;
  }
};

constexpr bool has_subcommands(protocol::CommandId id) {
  using protocol::CommandId;
  return id == CommandId::client || id == CommandId::command || id == CommandId::config ||
         id == CommandId::memory || id == CommandId::object;
}

/// Empty for a command without subcommands.
std::span<const Subcommand> subcommands_of(protocol::CommandId id);

/// By the second argument, in any case; nullptr if there is none of that name.
const Subcommand* find_subcommand(protocol::CommandId id, std::string_view name);

namespace commands {

std::span<const Subcommand> client_subcommands();
std::span<const Subcommand> command_subcommands();
std::span<const Subcommand> config_subcommands();
std::span<const Subcommand> memory_subcommands();
std::span<const Subcommand> object_subcommands();

/// Hands the call on to its subcommand, which exists and accepts the number of arguments.
void run_subcommand(Context& context);

}  // namespace commands
}  // namespace cachekit::node
