// COMMAND, which prints the command table, and TIME.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "node/commands/command_description.h"
#include "node/commands/errors.h"
#include "node/commands/glob.h"
#include "node/commands/help.h"
#include "node/commands/subcommands.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using protocol::CommandSpec;

void describe_all(Context& context) {
  context.reply.array(protocol::commands().size());
  for (const CommandSpec& spec : protocol::commands()) describe_command(context.reply, spec);
}

void command_count(Context& context) {
  context.reply.integer(static_cast<std::int64_t>(protocol::commands().size()));
}

void command_info(Context& context) {
  const auto names = context.arguments.subspan(2);
  if (names.empty()) return describe_all(context);
  context.reply.array(names.size());
  for (const std::string_view name : names) {
    const CommandSpec* spec = protocol::find_command(name);
    if (spec != nullptr) {
      describe_command(context.reply, *spec);
    } else {
      context.reply.null();
    }
  }
}

void command_docs(Context& context) {
  std::vector<const CommandSpec*> wanted;
  for (const std::string_view name : context.arguments.subspan(2)) {
    const CommandSpec* spec = protocol::find_command(name);
    if (spec != nullptr) wanted.push_back(spec);
  }
  if (context.arguments.size() == 2) {
    for (const CommandSpec& spec : protocol::commands()) wanted.push_back(&spec);
  }
  context.reply.map(wanted.size());
  for (const CommandSpec* spec : wanted) {
    context.reply.bulk(lower(spec->name));
    document_command(context.reply, *spec);
  }
}

void write_list(Context& context, const std::function<bool(const CommandSpec&)>& is_wanted) {
  std::vector<const CommandSpec*> wanted;
  for (const CommandSpec& spec : protocol::commands()) {
    if (is_wanted(spec)) wanted.push_back(&spec);
  }
  context.reply.array(wanted.size());
  for (const CommandSpec* spec : wanted) context.reply.bulk(lower(spec->name));
}

bool is_in_category(const CommandSpec& spec, std::string_view category) {
  const auto categories = categories_of(spec);
  return std::find(categories.begin(), categories.end(), lower(category)) != categories.end();
}

void command_list(Context& context) {
  const auto arguments = context.arguments;
  if (arguments.size() == 2) return write_list(context, [](const CommandSpec&) { return true; });
  if (arguments.size() != 5 || !same_word(arguments[2], "FILTERBY")) {
    return context.reply.error(errors::syntax);
  }
  const std::string_view value = arguments[4];
  if (same_word(arguments[3], "PATTERN")) {
    const std::string pattern = lower(value);
    return write_list(
        context, [&](const CommandSpec& spec) { return glob_matches(pattern, lower(spec.name)); });
  }
  if (same_word(arguments[3], "ACLCAT")) {
    return write_list(context,
                      [&](const CommandSpec& spec) { return is_in_category(spec, value); });
  }
  if (same_word(arguments[3], "MODULE")) return context.reply.array(0);
  context.reply.error(errors::syntax);
}

void command_getkeys(Context& context) {
  const auto call = context.arguments.subspan(2);
  const CommandSpec* spec = protocol::find_command(call[0]);
  if (spec == nullptr) return context.reply.error("ERR Invalid command specified");
  const protocol::KeyRange keys = protocol::keys_of(*spec, call);
  if (spec->first_key == 0 && keys.count == 0) {
    return context.reply.error("ERR The command has no key arguments");
  }
  if (!spec->accepts(call.size())) {
    return context.reply.error("ERR Invalid number of arguments specified for command");
  }
  context.reply.array(keys.count);
  for (std::size_t i = 0; i < keys.count; ++i) {
    context.reply.bulk(call[keys.first + i * keys.step]);
  }
}

constexpr std::array<Subcommand, 6> of_command{{
    {"command|count", 2, command_count, "Returns the number of commands."},
    {"command|docs", -2, command_docs, "Documents all commands, or those named."},
    {"command|getkeys", -4, command_getkeys, "Returns the keys of a full command."},
    {"command|help", 2, subcommand_help, "Prints this help."},
    {"command|info", -2, command_info, "Describes all commands, or those named."},
    {"command|list", -2, command_list,
     "Returns the names of the commands [FILTERBY MODULE|ACLCAT|PATTERN value]."},
}};

}  // namespace

std::span<const Subcommand> command_subcommands() { return of_command; }

void command(Context& context) {
  if (context.arguments.size() == 1) return describe_all(context);
  run_subcommand(context);
}

void time(Context& context) {
  constexpr std::int64_t ms_a_second = 1000;
  context.reply.array(2);
  context.reply.bulk(fmt::format("{}", context.now / ms_a_second));
  context.reply.bulk(fmt::format("{}", context.now % ms_a_second * 1000));
}

}  // namespace cachekit::node::commands
