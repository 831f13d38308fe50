#include "node/commands/info_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "node/eviction.h"
#include "node/memory_size.h"
#include "node/process_usage.h"
#include "node/storage/allocation.h"
#include "node/text.h"
#include "node/version.h"

namespace cachekit::node::commands {
namespace {

constexpr std::int64_t seconds_a_day = 24 * 3600;

template <typename Value>
void field(std::string& out, std::string_view name, const Value& value) {
  out += fmt::format("{}:{}\r\n", name, value);
}

void size_field(std::string& out, std::string_view name, std::size_t bytes) {
  field(out, name, bytes);
  field(out, fmt::format("{}_human", name), human_size(bytes));
}

void write_server(const Node& node, std::string& out) {
  const std::int64_t uptime_s = (node.now().monotonic_ms - node.started().monotonic_ms) / 1000;
  const ProcessUsage usage = process_usage();
  field(out, "redis_version", compatible_redis_version);
  field(out, "cachekit_version", version);
  field(out, "redis_mode", "standalone");
  field(out, "os", usage.operating_system);
  field(out, "arch_bits", 8 * sizeof(void*));
  field(out, "multiplexing_api", "epoll");
  field(out, "process_id", usage.process_id);
  field(out, "run_id", node.run_id());
  field(out, "tcp_port", node.listening_port());
  field(out, "server_time_usec", node.now().unix_ms * 1000);
  field(out, "uptime_in_seconds", uptime_s);
  field(out, "uptime_in_days", uptime_s / seconds_a_day);
}

void write_clients(const Node& node, std::string& out) {
  std::size_t largest_input = 0;
  std::size_t largest_output = 0;
  node.connections().for_each([&](const Connection& connection) {
    largest_input = std::max(largest_input, connection.input_bytes);
    largest_output = std::max(largest_output, connection.unsent_bytes);
  });
  field(out, "connected_clients", node.connections().size());
  field(out, "maxclients", node.settings().max_clients);
  field(out, "client_recent_max_input_buffer", largest_input);
  field(out, "client_recent_max_output_buffer", largest_output);
  field(out, "blocked_clients", 0);
  field(out, "tracking_clients", node.tracking().clients());
}

void write_memory(const Node& node, std::string& out) {
  const ProcessUsage usage = process_usage();
  const std::size_t used = node.store().used_memory_bytes();
  const std::size_t peak = std::max(used, node.statistics().peak_memory_bytes);
  size_field(out, "used_memory", used);
  size_field(out, "used_memory_rss", usage.resident_bytes);
  size_field(out, "used_memory_peak", peak);
  size_field(out, "used_memory_dataset", node.store().dataset_bytes());
  size_field(out, "used_memory_overhead", used - std::min(used, node.store().dataset_bytes()));
  size_field(out, "mem_clients_normal", node.buffer_bytes());
  size_field(out, "total_system_memory", usage.system_memory_bytes);
  size_field(out, "maxmemory", node.settings().max_memory_bytes);
  field(out, "maxmemory_policy", eviction_name(node.settings().eviction));
  const double ratio = static_cast<double>(usage.resident_bytes) /
                       static_cast<double>(std::max<std::size_t>(used, 1));
  field(out, "mem_fragmentation_ratio", fmt::format("{:.2f}", ratio));
  field(out, "mem_allocator", storage::allocator_name);
}

// Exporters expect these few even of a server that never saves.
void write_persistence(const Node&, std::string& out) {
  field(out, "loading", 0);
  field(out, "rdb_changes_since_last_save", 0);
  field(out, "rdb_bgsave_in_progress", 0);
  field(out, "rdb_last_bgsave_status", "ok");
  field(out, "aof_enabled", 0);
}

bool has_subscriber(const Node& node) {
  bool found = false;
  node.connections().for_each(
      [&](const Connection& connection) { found = found || connection.subscribed; });
  return found;
}

void write_stats(const Node& node, std::string& out) {
  const Statistics& statistics = node.statistics();
  const storage::StoreStatistics& keys = node.store().statistics();
  const auto kilobytes = [](const RateMeter& meter) {
    return fmt::format("{:.2f}", static_cast<double>(meter.per_second()) / 1024);
  };
  field(out, "total_connections_received", statistics.connections_received);
  field(out, "total_commands_processed", statistics.commands_processed);
  field(out, "instantaneous_ops_per_sec", statistics.command_rate.per_second());
  field(out, "total_net_input_bytes", statistics.net_input_bytes);
  field(out, "total_net_output_bytes", statistics.net_output_bytes);
  field(out, "instantaneous_input_kbps", kilobytes(statistics.input_rate));
  field(out, "instantaneous_output_kbps", kilobytes(statistics.output_rate));
  field(out, "rejected_connections", statistics.rejected_connections);
  field(out, "sync_full", statistics.full_copies);
  field(out, "sync_partial_ok", statistics.partial_copies);
  field(out, "sync_partial_err", statistics.refused_partial_copies);
  field(out, "expired_keys", node.effect_counter().expired_keys());
  field(out, "evicted_keys", node.effect_counter().evicted_keys());
  field(out, "keyspace_hits", keys.keyspace_hits);
  field(out, "keyspace_misses", keys.keyspace_misses);
  field(out, "pubsub_channels", has_subscriber(node) ? 1 : 0);
  field(out, "pubsub_patterns", 0);
  field(out, "latest_fork_usec", 0);
  field(out, "tracking_total_keys", node.tracking().keys().size());
  field(out, "tracking_total_items", node.tracking().keys().items());
  field(out, "tracking_total_prefixes", node.tracking().prefixes());
  field(out, "total_error_replies", statistics.error_replies);
  field(out, "total_reads_processed", statistics.reads_processed);
  field(out, "total_writes_processed", statistics.writes_processed);
}

void write_primary(const Node& node, std::string& out) {
  const replication::Primary& primary = *node.replication().primary();
  const std::int64_t silent_ms =
      primary.heard_ms < 0 ? -1000 : node.now().monotonic_ms - primary.heard_ms;
  field(out, "master_host", primary.address.host);
  field(out, "master_port", primary.address.port);
  field(out, "master_link_status", primary.connected && !primary.copying ? "up" : "down");
  field(out, "master_last_io_seconds_ago", silent_ms / 1000);
  field(out, "master_sync_in_progress", primary.copying ? 1 : 0);
  field(out, "slave_staleness_ms", primary.freshness.age_ms(node.now().monotonic_ms).value_or(-1));
  field(out, "slave_repl_offset", node.replication().offset());
  field(out, "slave_read_only", 1);
}

void write_replicas(const Node& node, std::string& out) {
  int number = 0;
  for (const auto& [id, replica] : node.replication().replicas()) {
    field(out, fmt::format("slave{}", number++),
          fmt::format("ip={},port={},state={},offset={},lag={}", replica.host, replica.port,
                      replica.feed->is_copying() ? "wait_bgsave" : "online", replica.acknowledged,
                      (node.now().monotonic_ms - replica.acknowledged_ms) / 1000));
  }
}

void write_history(const Node& node, std::string& out) {
  const replication::Source* const source = node.replication().source();
  const replication::History none;
  const replication::History& history = source != nullptr ? source->history() : none;
  const bool continues = !history.previous_id.empty();
  field(out, "master_failover_state", "no-failover");
  field(out, "master_replid", source != nullptr ? history.id : node.run_id());
  field(out, "master_replid2", continues ? history.previous_id : std::string(40, '0'));
  field(out, "master_repl_offset", node.replication().offset());
  field(out, "second_repl_offset",
        continues ? static_cast<std::int64_t>(history.previous_end) : -1);
  field(out, "repl_backlog_active", source != nullptr ? 1 : 0);
  field(out, "repl_backlog_size", replication::Replication::backlog_bytes);
  field(out, "repl_backlog_first_byte_offset", source != nullptr ? source->backlog().begin() : 0);
  field(out, "repl_backlog_histlen",
        source != nullptr ? source->backlog().end() - source->backlog().begin() : 0);
}

void write_replication(const Node& node, std::string& out) {
  const bool follows = node.replication().primary().has_value();
  field(out, "role", follows ? "slave" : "master");
  if (follows) write_primary(node, out);
  field(out, "connected_slaves", node.replication().replicas().size());
  write_replicas(node, out);
  write_history(node, out);
}

void write_cpu(const Node&, std::string& out) {
  const ProcessUsage usage = process_usage();
  field(out, "used_cpu_sys", fmt::format("{:.6f}", usage.cpu_system_s));
  field(out, "used_cpu_user", fmt::format("{:.6f}", usage.cpu_user_s));
  field(out, "used_cpu_sys_children", "0.000000");
  field(out, "used_cpu_user_children", "0.000000");
}

void write_command(std::string& out, std::string_view name, const CommandStatistics& counters) {
  if (counters.calls == 0 && counters.rejected_calls == 0) return;
  out += fmt::format(
      "cmdstat_{}:calls={},usec=0,usec_per_call=0.00,rejected_calls={},"
      "failed_calls={}\r\n",
      name, counters.calls, counters.rejected_calls, counters.failed_calls);
}

void write_commandstats(const Node& node, std::string& out) {
  const Statistics& statistics = node.statistics();
  for (const protocol::CommandSpec& spec : protocol::commands()) {
    write_command(out, lower(spec.name), statistics.commands[static_cast<std::size_t>(spec.id)]);
  }
  for (const auto& [name, counters] : statistics.subcommands) write_command(out, name, counters);
}

void write_errorstats(const Node& node, std::string& out) {
  for (const auto& [code, count] : node.statistics().errors) {
    out += fmt::format("errorstat_{}:count={}\r\n", code, count);
  }
}

std::string described(const LoopTurn& turn) {
  return fmt::format("ended_us={},cpu_us={},wall_us={},involuntary_context_switches={}",
                     turn.ended_ns / 1000, turn.cpu_ns / 1000, turn.wall_ns / 1000,
                     turn.involuntary_switches);
}

void write_latency(const Node& node, std::string& out) {
  const LoopTurns& turns = node.statistics().loop_turns;
  const std::vector<LoopTurn> slowest = turns.slowest();
  field(out, "loop_turns_measured", node.settings().measure_turns ? 1 : 0);
  field(out, "loop_turns", turns.count());
  field(out, "loop_turn_cpu_max_us", slowest.empty() ? 0 : slowest.front().cpu_ns / 1000);
  field(out, "loop_turn_wall_max_us", turns.wall_max_ns() / 1000);
  field(out, "involuntary_context_switches", turns.involuntary_switches());
  for (std::size_t i = 0; i < LoopTurns::bounds_us.size(); ++i) {
    field(out, fmt::format("loop_turn_cpu_us_le_{}", LoopTurns::bounds_us[i]), turns.within(i));
  }
  for (std::size_t i = 0; i < slowest.size(); ++i) {
    field(out, fmt::format("loop_turn_slowest_{}", i), described(slowest[i]));
  }
}

void write_cluster(const Node&, std::string& out) { field(out, "cluster_enabled", 0); }

void write_keyspace(const Node& node, std::string& out) {
  if (node.store().size() == 0) return;
  field(out, "db0",
        fmt::format("keys={},expires={},avg_ttl=0", node.store().size(),
                    node.store().size_with_expiry()));
}

constexpr std::array<InfoSection, 12> sections{{
    {"server", "Server", true, write_server},
    {"clients", "Clients", true, write_clients},
    {"memory", "Memory", true, write_memory},
    {"persistence", "Persistence", true, write_persistence},
    {"stats", "Stats", true, write_stats},
    {"replication", "Replication", true, write_replication},
    {"cpu", "CPU", true, write_cpu},
    {"commandstats", "Commandstats", false, write_commandstats},
    {"errorstats", "Errorstats", true, write_errorstats},
    {"latency", "Latency", false, write_latency},
    {"cluster", "Cluster", true, write_cluster},
    {"keyspace", "Keyspace", true, write_keyspace},
}};

}  // namespace

std::span<const InfoSection> info_sections() { return sections; }

}  // namespace cachekit::node::commands
