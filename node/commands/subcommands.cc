#include "node/commands/subcommands.h"

#include "node/text.h"

namespace cachekit::node {

std::span<const Subcommand> subcommands_of(protocol::CommandId id) {
  switch (id) {
    case protocol::CommandId::client:
      return commands::client_subcommands();
    case protocol::CommandId::command:
      return commands::command_subcommands();
    case protocol::CommandId::config:
      return commands::config_subcommands();
    case protocol::CommandId::memory:
      return commands::memory_subcommands();
    case protocol::CommandId::object:
      return commands::object_subcommands();
    default:
      return {};
  }
}

const Subcommand* find_subcommand(protocol::CommandId id, std::string_view name) {
  for (const Subcommand& subcommand : subcommands_of(id)) {
    if (same_word(subcommand.name(), name)) return &subcommand;
  }
  return nullptr;
}

void commands::run_subcommand(Context& context) {
  find_subcommand(context.spec.id, context.arguments[1])->handler(context);
}

}  // namespace cachekit::node
