#include "node/commands/help.h"

#include <fmt/format.h>

#include <string>

#include "node/commands/subcommands.h"

namespace cachekit::node::commands {

void subcommand_help(Context& context) {
  const auto subcommands = subcommands_of(context.spec.id);
  context.reply.array(1 + 2 * subcommands.size());
  context.reply.simple(fmt::format("{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                                   context.spec.name));
  for (const Subcommand& subcommand : subcommands) {
    std::string capitals(subcommand.name());
    for (char& c : capitals) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    context.reply.simple(capitals);
    context.reply.simple(fmt::format("    {}", subcommand.summary));
  }
}

}  // namespace cachekit::node::commands
