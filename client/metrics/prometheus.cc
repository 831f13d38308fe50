#include "cachekit/prometheus.h"

#include <algorithm>
#include <array>
#include <span>

#include "client/metrics/prometheus_writer.h"

namespace cachekit {
namespace {

using metrics::PrometheusWriter;

/// A number of a node that only rises.
struct NodeCounter {
  std::string_view name;
  std::string_view help;
  std::uint64_t NodeStats::* value;
};

constexpr std::array node_counters{
    NodeCounter{"node_attempts_total", "Commands taken to the node, each try by itself.",
                &NodeStats::attempts},
    NodeCounter{"node_replies_total", "Those that the node has answered, also by errors.",
                &NodeStats::replies},
    NodeCounter{"node_retries_total", "Attempts at what had been tried before.",
                &NodeStats::retries},
    NodeCounter{"node_retries_refused_total", "Attempts that the node's retry budget forbade.",
                &NodeStats::retries_refused},
    NodeCounter{"node_hedges_total", "Attempts made because another node took long.",
                &NodeStats::hedges},
    NodeCounter{"node_hedges_won_total", "Those of them that were answered.",
                &NodeStats::hedges_won},
    NodeCounter{"node_connections_opened_total", "Connections opened to the node.",
                &NodeStats::connections_opened},
    NodeCounter{"node_connections_failed_total", "Connections that could not be opened.",
                &NodeStats::connections_failed},
    NodeCounter{"node_breaker_opened_total", "How often the node's circuit breaker has opened.",
                &NodeStats::breaker_opened}};

struct NodeError {
  std::string_view reason;
  std::uint64_t NodeErrors::* value;
};

constexpr std::array node_errors{NodeError{"not_sent", &NodeErrors::not_sent},
                                 NodeError{"unanswered", &NodeErrors::unanswered},
                                 NodeError{"unreadable", &NodeErrors::unreadable},
                                 NodeError{"refused", &NodeErrors::refused},
                                 NodeError{"wrong_type", &NodeErrors::wrong_type},
                                 NodeError{"out_of_memory", &NodeErrors::out_of_memory},
                                 NodeError{"unauthenticated", &NodeErrors::unauthenticated},
                                 NodeError{"other", &NodeErrors::other}};

struct NearCounter {
  std::string_view name;
  std::string_view help;
  std::uint64_t NearCacheStatistics::* value;
};

constexpr std::array near_counters{
    NearCounter{"near_cache_hits_total", "Reads answered by the near-cache.",
                &NearCacheStatistics::hits},
    NearCounter{"near_cache_misses_total", "Reads that it could not answer.",
                &NearCacheStatistics::misses},
    NearCounter{"near_cache_fills_total", "Values that it has taken.", &NearCacheStatistics::fills},
    NearCounter{"near_cache_voided_fills_total", "Values that had changed meanwhile.",
                &NearCacheStatistics::voided_fills},
    NearCounter{"near_cache_refused_fills_total", "Values too large, or expired at once.",
                &NearCacheStatistics::refused_fills},
    NearCounter{"near_cache_unfilled_total", "Misses answered by an untracked connection.",
                &NearCacheStatistics::unfilled},
    NearCounter{"near_cache_invalidations_total", "Keys that nodes have said to have changed.",
                &NearCacheStatistics::invalidations},
    NearCounter{"near_cache_drops_total", "How often all entries of a node were dropped.",
                &NearCacheStatistics::drops}};

double to_double(std::uint64_t count) { return static_cast<double>(count); }

void write_calls(PrometheusWriter& writer, const ClientStats& stats) {
  writer.begin("calls_total", "counter", "Calls that have ended, by result code.");
  for (std::size_t i = 0; i < code_count; ++i) {
    writer.add({{"code", name_of(static_cast<Code>(i))}}, to_double(stats.calls[i]));
  }
  writer.begin("call_duration_seconds", "histogram", "Whole calls, from call to result.");
  for (const CommandClass command_class : command_classes) {
    const PrometheusWriter::Label label{"class", name_of(command_class)};
    writer.add(std::span(&label, 1), stats.call_latency[command_class]);
  }
}

/// Adds a line about a node, with one label besides or none.
template <class Told>
void add_of(PrometheusWriter& writer, const NodeStats& node, PrometheusWriter::Label more,
            const Told& told) {
  const std::array<PrometheusWriter::Label, 3> labels{
      {{"shard", node.shard}, {"node", node.address}, more}};
  writer.add(PrometheusWriter::Labels(labels).first(more.first.empty() ? 2 : 3), told);
}

void write_node_counters(PrometheusWriter& writer, std::span<const NodeStats> nodes) {
  for (const NodeCounter& counter : node_counters) {
    writer.begin(counter.name, "counter", counter.help);
    for (const NodeStats& node : nodes) {
      add_of(writer, node, {}, to_double(node.*counter.value));
    }
  }
  writer.begin("node_errors_total", "counter", "Attempts that have failed, by reason.");
  for (const NodeStats& node : nodes) {
    for (const NodeError& error : node_errors) {
      add_of(writer, node, {"reason", error.reason}, to_double(node.errors.*error.value));
    }
  }
}

void write_node_gauges(PrometheusWriter& writer, std::span<const NodeStats> nodes) {
  const auto seconds = [](std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
  };
  writer.begin("node_info", "gauge", "The node's role in the topology in force.");
  for (const NodeStats& node : nodes) {
    add_of(writer, node, {"role", name_of(node.role)}, 1);
  }
  writer.begin("node_breaker_open", "gauge", "1 while the node's circuit breaker is open.");
  for (const NodeStats& node : nodes) {
    add_of(writer, node, {}, node.breaker == BreakerState::open ? 1 : 0);
  }
  writer.begin("node_recent_latency_seconds", "gauge", "Running mean of the node's latency.");
  for (const NodeStats& node : nodes) {
    add_of(writer, node, {}, seconds(node.recent_latency));
  }
}

void write_nodes(PrometheusWriter& writer, const ClientStats& stats, std::size_t most) {
  const auto nodes = std::span(stats.nodes).first(std::min(stats.nodes.size(), most));
  write_node_counters(writer, nodes);
  write_node_gauges(writer, nodes);
  writer.begin("node_reply_duration_seconds", "histogram",
               "Replies, from handing a command over to its reply.");
  for (const NodeStats& node : nodes) {
    for (const CommandClass command_class : command_classes) {
      add_of(writer, node, {"class", name_of(command_class)}, node.latency[command_class]);
    }
  }
  writer.begin("nodes_left_out", "gauge", "Nodes beyond those that are told one by one.");
  writer.add({}, to_double(stats.nodes.size() - nodes.size()));
}

void write_near_cache(PrometheusWriter& writer, const NearCacheStatistics& near_cache) {
  for (const NearCounter& counter : near_counters) {
    writer.begin(counter.name, "counter", counter.help);
    writer.add({}, to_double(near_cache.*counter.value));
  }
  writer.begin("near_cache_entries", "gauge", "Entries of the near-cache.");
  writer.add({}, to_double(near_cache.entries));
  writer.begin("near_cache_bytes", "gauge", "Memory of the near-cache.");
  writer.add({}, to_double(near_cache.bytes));
}

void write_rest(PrometheusWriter& writer, const ClientStats& stats) {
  writer.begin("topology_version", "gauge", "Version of the topology in force.");
  writer.add({}, to_double(stats.topology_version));
  writer.begin("topology_changes_total", "counter", "How often another one came into force.");
  writer.add({}, to_double(stats.topology_changes));
  writer.begin("async_operations", "gauge", "Asynchronous operations under way.");
  writer.add({}, to_double(stats.async_under_way));
  writer.begin("hook_failures_total", "counter", "How often a tracing hook has thrown.");
  writer.add({}, to_double(stats.hook_failures));
}

void write_hot_keys(PrometheusWriter& writer, const std::vector<HotKey>& hot_keys) {
  writer.begin("hot_key_rate", "gauge", "How often a hot key is asked for in a second.");
  for (const HotKey& hot : hot_keys) {
    writer.add({{"key", hot.key}, {"class", "read"}}, hot.reads_per_second);
    writer.add({{"key", hot.key}, {"class", "write"}}, hot.writes_per_second);
  }
}

}  // namespace

std::vector<std::chrono::nanoseconds> PrometheusOptions::default_bounds() {
  using std::chrono::microseconds;
  std::vector<std::chrono::nanoseconds> bounds{microseconds(50)};
  for (microseconds decade(100); decade < std::chrono::seconds(10); decade *= 10) {
    for (const int step : {1, 2, 5}) bounds.push_back(decade * step);
  }
  return bounds;
}

std::string prometheus_text(const ClientStats& stats, const PrometheusOptions& options) {
  PrometheusWriter writer(options);
  write_calls(writer, stats);
  write_nodes(writer, stats, options.max_nodes);
  write_near_cache(writer, stats.near_cache);
  write_rest(writer, stats);
  if (options.hot_keys) write_hot_keys(writer, stats.hot_keys);
  return writer.take();
}

}  // namespace cachekit
