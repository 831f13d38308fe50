#include <cachekit/prometheus.h>
#include <cachekit/stats.h>
#include <pybind11/stl.h>

#include <map>

#include "bindings/python/bind.h"

namespace cachekit::python {
namespace {

using namespace py::literals;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

py::str to_str(std::string_view text) { return {text.data(), text.size()}; }

py::dict dict_of(const LatencyHistogram& histogram) {
  return py::dict(
      "count"_a = histogram.count(), "sum"_a = histogram.sum().count(),
      "p50"_a = seconds(histogram.quantile(0.5)), "p90"_a = seconds(histogram.quantile(0.9)),
      "p99"_a = seconds(histogram.quantile(0.99)), "p999"_a = seconds(histogram.quantile(0.999)),
      "max"_a = seconds(histogram.maximum()));
}

py::dict dict_of(const PerClass<LatencyHistogram>& histograms) {
  return py::dict("read"_a = dict_of(histograms.read), "write"_a = dict_of(histograms.write),
                  "other"_a = dict_of(histograms.other));
}

py::dict dict_of(const NodeErrors& errors) {
  return py::dict("not_sent"_a = errors.not_sent, "unanswered"_a = errors.unanswered,
                  "unreadable"_a = errors.unreadable, "refused"_a = errors.refused,
                  "wrong_type"_a = errors.wrong_type, "out_of_memory"_a = errors.out_of_memory,
                  "unauthenticated"_a = errors.unauthenticated, "other"_a = errors.other);
}

py::dict dict_of(const NodeStats& node) {
  return py::dict(
      "address"_a = node.address, "shard"_a = node.shard, "role"_a = to_str(name_of(node.role)),
      "attempts"_a = node.attempts, "replies"_a = node.replies, "errors"_a = dict_of(node.errors),
      "retries"_a = node.retries, "retries_refused"_a = node.retries_refused,
      "hedges"_a = node.hedges, "hedges_won"_a = node.hedges_won,
      "connections_opened"_a = node.connections_opened,
      "connections_failed"_a = node.connections_failed, "breaker"_a = to_str(name_of(node.breaker)),
      "breaker_opened"_a = node.breaker_opened, "recent_latency"_a = seconds(node.recent_latency),
      "recent_median"_a = seconds(node.recent_median), "recent_p95"_a = seconds(node.recent_p95),
      "latency"_a = dict_of(node.latency));
}

py::dict dict_of(const NearCacheStatistics& statistics) {
  return py::dict("hits"_a = statistics.hits, "misses"_a = statistics.misses,
                  "fills"_a = statistics.fills, "voided_fills"_a = statistics.voided_fills,
                  "refused_fills"_a = statistics.refused_fills, "unfilled"_a = statistics.unfilled,
                  "invalidations"_a = statistics.invalidations, "drops"_a = statistics.drops,
                  "entries"_a = statistics.entries, "bytes"_a = statistics.bytes);
}

py::list dict_of(const std::vector<HotKey>& hot_keys) {
  py::list all;
  for (const HotKey& hot : hot_keys) {
    all.append(py::dict("key"_a = py::bytes(hot.key), "reads_per_second"_a = hot.reads_per_second,
                        "writes_per_second"_a = hot.writes_per_second,
                        "excess_per_second"_a = hot.excess_per_second));
  }
  return all;
}

py::dict dict_of(const ClientStats& stats) {
  py::list nodes;
  for (const NodeStats& node : stats.nodes) nodes.append(dict_of(node));
  py::dict calls;
  for (std::size_t i = 0; i < code_count; ++i) {
    calls[to_str(name_of(static_cast<Code>(i)))] = stats.calls[i];
  }
  return py::dict(
      "nodes"_a = nodes, "calls"_a = calls, "call_latency"_a = dict_of(stats.call_latency),
      "near_cache"_a = dict_of(stats.near_cache), "topology_version"_a = stats.topology_version,
      "topology_changes"_a = stats.topology_changes, "async_under_way"_a = stats.async_under_way,
      "hook_failures"_a = stats.hook_failures, "hot_keys"_a = dict_of(stats.hot_keys));
}

std::string prometheus(const Client& client, const std::map<std::string, std::string>& labels,
                       std::size_t max_nodes, bool hot_keys) {
  PrometheusOptions options;
  options.labels.assign(labels.begin(), labels.end());
  options.max_nodes = max_nodes;
  options.hot_keys = hot_keys;
  return prometheus_text(client.stats(), options);
}

}  // namespace

void bind_stats(ClientClass& bound) {
  bound.def(
      "stats", [](const Client& client) { return dict_of(client.stats()); },
      "What the client has done and how its nodes do, as a dict; times are in seconds.");
  bound.def("prometheus_text", &prometheus, py::kw_only(), "labels"_a = py::dict(),
            "max_nodes"_a = PrometheusOptions().max_nodes, "hot_keys"_a = false,
            "The same as text for Prometheus, in its exposition format 0.0.4. labels: what every "
            "series gets besides; max_nodes: those that are told one by one; hot_keys: keys as "
            "labels.");
  bound.def(
      "hot_keys", [](const Client& client) { return dict_of(client.hot_keys()); },
      "The keys that the client asks for most often of late, as a list of dicts.");
  bound.def(
      "near_cache_statistics",
      [](const Client& client) { return dict_of(client.near_cache_statistics()); },
      "What the near-cache has done, as a dict; all 0 without one.");
}

}  // namespace cachekit::python
