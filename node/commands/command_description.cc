#include "node/commands/command_description.h"

#include <fmt/format.h>

#include <string>

#include "node/commands/subcommands.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using protocol::Access;
using protocol::CommandSpec;
using protocol::ReplyWriter;

std::vector<std::string_view> flags_of(const CommandSpec& spec) {
  std::vector<std::string_view> flags;
  if (spec.access == Access::write) flags.emplace_back("write");
  if (spec.access == Access::read) flags.emplace_back("readonly");
  if (spec.access == Access::admin) flags.emplace_back("admin");
  if (spec.group == "pubsub") flags.emplace_back("pubsub");
  if (spec.has(protocol::command_flag::denyoom)) flags.emplace_back("denyoom");
  if (spec.has(protocol::command_flag::fast)) flags.emplace_back("fast");
  if (spec.has(protocol::command_flag::no_auth)) flags.emplace_back("no_auth");
  return flags;
}

void write_names(ReplyWriter& reply, const std::vector<std::string_view>& names,
                 std::string_view prefix = "") {
  reply.set(names.size());
  for (const std::string_view name : names) reply.simple(fmt::format("{}{}", prefix, name));
}

// Where the keys stand, in the form that cluster clients read.
void write_key_specification(ReplyWriter& reply, const CommandSpec& spec) {
  reply.map(3);
  reply.bulk("flags");
  if (spec.access == Access::read) {
    write_names(reply, {"RO", "access"});
  } else {
    write_names(reply, {"RW", "access", "update"});
  }
  reply.bulk("begin_search");
  reply.map(2);
  reply.bulk("type");
  reply.bulk("index");
  reply.bulk("spec");
  reply.map(1);
  reply.bulk("index");
  reply.integer(spec.first_key);
  reply.bulk("find_keys");
  reply.map(2);
  reply.bulk("type");
  reply.bulk("range");
  reply.bulk("spec");
  reply.map(3);
  reply.bulk("lastkey");
  reply.integer(spec.last_key < 0 ? spec.last_key : spec.last_key - spec.first_key);
  reply.bulk("keystep");
  reply.integer(spec.key_step);
  reply.bulk("limit");
  reply.integer(0);
}

void describe_subcommand(ReplyWriter& reply, const CommandSpec& parent,
                         const Subcommand& subcommand) {
  reply.array(10);
  reply.bulk(subcommand.full_name);
  reply.integer(subcommand.arity);
  write_names(reply, flags_of(parent));
  for (int i = 0; i < 3; ++i) reply.integer(0);
  write_names(reply, categories_of(parent), "@");
  reply.set(0);
  reply.set(0);
  reply.set(0);
}

}  // namespace

std::vector<std::string_view> categories_of(const CommandSpec& spec) {
  std::vector<std::string_view> categories;
  if (spec.group == "generic" || spec.name.starts_with("FLUSH") || spec.name == "DBSIZE") {
    categories.emplace_back("keyspace");
  }
  if (spec.access == Access::write) categories.emplace_back("write");
  if (spec.access == Access::read) categories.emplace_back("read");
  if (spec.access == Access::admin) categories.emplace_back("admin");
  for (const std::string_view type : {"string", "list", "set", "hash"}) {
    if (spec.group == type) categories.push_back(type);
  }
  categories.emplace_back(spec.has(protocol::command_flag::fast) ? "fast" : "slow");
  if (spec.has(protocol::command_flag::dangerous) || spec.access == Access::admin) {
    categories.emplace_back("dangerous");
  }
  if (spec.group == "connection") categories.emplace_back("connection");
  if (spec.group == "pubsub") categories.emplace_back("pubsub");
  if (spec.group == "transactions") categories.emplace_back("transaction");
  return categories;
}

void describe_command(ReplyWriter& reply, const CommandSpec& spec) {
  const auto subcommands = subcommands_of(spec.id);
  reply.array(10);
  reply.bulk(lower(spec.name));
  reply.integer(spec.arity);
  write_names(reply, flags_of(spec));
  reply.integer(spec.first_key);
  reply.integer(spec.last_key);
  reply.integer(spec.key_step);
  write_names(reply, categories_of(spec), "@");
  reply.set(0);
  reply.set(spec.first_key > 0 ? 1 : 0);
  if (spec.first_key > 0) write_key_specification(reply, spec);
  reply.set(subcommands.size());
  for (const Subcommand& subcommand : subcommands) describe_subcommand(reply, spec, subcommand);
}

void document_command(ReplyWriter& reply, const CommandSpec& spec) {
  const auto subcommands = subcommands_of(spec.id);
  reply.map(subcommands.empty() ? 3 : 4);
  reply.bulk("summary");
  reply.bulk(spec.summary);
  reply.bulk("since");
  reply.bulk(spec.since);
  reply.bulk("group");
  reply.bulk(spec.group);
  if (subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map(subcommands.size());
  for (const Subcommand& subcommand : subcommands) {
    reply.bulk(subcommand.full_name);
    reply.map(1);
    reply.bulk("summary");
    reply.bulk(subcommand.summary);
  }
}

}  // namespace cachekit::node::commands
