// cachekit-ctl: starts and stops local clusters, shows what nodes do and where keys live, and
// changes who serves.
//
// The flags of all subcommands stand here: CLI11 is a header that takes seconds to compile.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cachekit/version.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {

int complain(const Status& status) {
  fmt::print(stderr, "cachekit-ctl: {}\n", status.message());
  return exit_failed;
}

namespace {

CLI::App* declare_up(CLI::App& app, UpFlags& flags) {
  CLI::App* command = app.add_subcommand("up", "Start a local cluster that runs until `down`");
  command->add_option("--shards", flags.shards, "Shards")->capture_default_str();
  command->add_option("--replicas", flags.replicas, "Replicas of each shard, with an agent")
      ->capture_default_str();
  command->add_option("--folder", flags.folder, "Where its topology and its logs are written")
      ->capture_default_str();
  command->add_option("--topology", flags.topology,
                      "etcd://host:2379/name: where its topology is put [a file in the folder]");
  command->add_option("node-flags", flags.node_flags,
                      "Flags for every node, after `--`: -- --maxmemory=64mb");
  return command;
}

CLI::App* declare_down(CLI::App& app, DownFlags& flags) {
  CLI::App* command = app.add_subcommand("down", "Stop the local cluster that `up` started");
  command->add_option("--folder", flags.folder, "As given to `up`")->capture_default_str();
  return command;
}

CLI::App* declare_status(CLI::App& app, StatusFlags& flags) {
  CLI::App* command =
      app.add_subcommand("status", "Show every node; exit code 1 if one is unreachable");
  command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  return command;
}

CLI::App* declare_create(CLI::App& app, CreateFlags& flags) {
  CLI::App* command =
      app.add_subcommand("create", "Put the first topology of a cluster into etcd, or a file");
  command->add_option("url", flags.url, "etcd://host:2379/name or file:///path; not overwritten")
      ->required();
  command->add_option("file", flags.file, "The topology as a JSON document")->required();
  return command;
}

CLI::App* declare_agent(CLI::App& app, AgentFlags& flags) {
  CLI::App* command = app.add_subcommand("agent", "Look after a cluster of managed nodes");
  CLI::Option* const url =
      command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  command->add_option("--folder", flags.folder, "Instead: the folder of a cluster that runs here")
      ->excludes(url);
  command
      ->add_option("--suspect-after-ms", flags.suspect_after_ms,
                   "Silence after which a primary is suspected")
      ->check(CLI::Range(50, 600'000))
      ->capture_default_str();
  command
      ->add_option("--give-up-after-ms", flags.give_up_after_ms,
                   "Absence after which a replica is left out")
      ->check(CLI::Range(100, 3'600'000))
      ->capture_default_str();
  command->add_option("--ready-fd", flags.ready_descriptor,
                      "Descriptor that is told a line, and closed, once the agent works");
  command->add_flag("--die-with-parent", flags.die_with_parent,
                    "Stop when the thread that started the agent ends");
  return command;
}

CLI::App* declare_failover(CLI::App& app, FailoverFlags& flags) {
  CLI::App* command =
      app.add_subcommand("failover", "Make a replica the primary, without losing a write");
  command->add_option("shard", flags.shard, "The shard")->required();
  command->add_option("--to", flags.successor, "The replica's host:port [the most advanced one]");
  command->add_option("--limit-ms", flags.limit_ms, "How long it may take")->capture_default_str();
  command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  return command;
}

CLI::App* declare_add_shard(CLI::App& app, AddShardFlags& flags) {
  CLI::App* command = app.add_subcommand("add-shard", "Add a shard, which begins without keys");
  command->add_option("shard", flags.shard, "Its name")->required();
  command->add_option("primary", flags.primary, "host:port of its primary")->required();
  command->add_option("replicas", flags.replicas, "host:port of its replicas");
  command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  return command;
}

CLI::App* declare_remove_shard(CLI::App& app, RemoveShardFlags& flags) {
  CLI::App* command =
      app.add_subcommand("remove-shard", "Remove a shard; the others begin without its keys");
  command->add_option("shard", flags.shard, "The shard")->required();
  command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  return command;
}

CLI::App* declare_replace_node(CLI::App& app, ReplaceNodeFlags& flags) {
  CLI::App* command =
      app.add_subcommand("replace-node", "Put another node in the place of one; no write is lost");
  command->add_option("old", flags.node, "Its host:port")->required();
  command->add_option("new", flags.successor, "The other's host:port")->required();
  command->add_option("--limit-ms", flags.limit_ms, "How long a hand-over may take")
      ->capture_default_str();
  command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  return command;
}

CLI::App* declare_where(CLI::App& app, WhereFlags& flags) {
  CLI::App* command = app.add_subcommand("where", "Print the shard and the node of a key");
  command->add_option("key", flags.key, "The key")->required();
  command->add_option("--url", flags.url, "The cluster [the one that `up` started]");
  return command;
}

int run(int argc, const char* const* argv) {
  CLI::App app{"cachekit-ctl: clusters of cachekit, started, stopped, looked at and changed.",
               "cachekit-ctl"};
  app.set_version_flag("--version", std::string(version));
  app.require_subcommand(1);
  UpFlags up_flags;
  DownFlags down_flags;
  StatusFlags status_flags;
  WhereFlags where_flags;
  CreateFlags create_flags;
  AgentFlags agent_flags;
  FailoverFlags failover_flags;
  AddShardFlags add_shard_flags;
  RemoveShardFlags remove_shard_flags;
  ReplaceNodeFlags replace_node_flags;
  const CLI::App* const up_command = declare_up(app, up_flags);
  const CLI::App* const down_command = declare_down(app, down_flags);
  const CLI::App* const status_command = declare_status(app, status_flags);
  const CLI::App* const create_command = declare_create(app, create_flags);
  const CLI::App* const agent_command = declare_agent(app, agent_flags);
  const CLI::App* const failover_command = declare_failover(app, failover_flags);
  const CLI::App* const add_shard_command = declare_add_shard(app, add_shard_flags);
  const CLI::App* const remove_shard_command = declare_remove_shard(app, remove_shard_flags);
  const CLI::App* const replace_node_command = declare_replace_node(app, replace_node_flags);
  declare_where(app, where_flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (up_command->parsed()) return up(up_flags);
  if (down_command->parsed()) return down(down_flags);
  if (status_command->parsed()) return status(status_flags);
  if (create_command->parsed()) return create(create_flags);
  if (agent_command->parsed()) return agent(agent_flags);
  if (failover_command->parsed()) return failover(failover_flags);
  if (add_shard_command->parsed()) return add_shard(add_shard_flags);
  if (remove_shard_command->parsed()) return remove_shard(remove_shard_flags);
  if (replace_node_command->parsed()) return replace_node(replace_node_flags);
  return where(where_flags);
}

}  // namespace
}  // namespace cachekit::ctl

int main(int argc, char** argv) { return cachekit::ctl::run(argc, argv); }
