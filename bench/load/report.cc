#include "bench/load/report.h"

#include <fmt/format.h>

#include "bench/load/text.h"

namespace cachekit::bench {
namespace {

std::string workload_text(const LoadOptions& options) {
  if (!options.trace.empty()) {
    return fmt::format("trace {}, values x {:g}, GET and on a miss SET", options.trace.string(),
                       options.value_scale);
  }
  const std::string skew =
      options.distribution == Distribution::zipf ? fmt::format(" {:g}", options.zipf_exponent) : "";
  return fmt::format("{} keys of {} B, values of {} B, {:g} % GET, {}{}", with_commas(options.keys),
                     options.key_size_bytes, options.value_size_bytes, options.get_ratio * 100,
                     name_of(options.distribution), skew);
}

std::string loop_text(const LoadOptions& options) {
  if (!options.rate_per_s) return "closed loop";
  return fmt::format("open loop at {:g} requests/s", *options.rate_per_s);
}

// Without the credentials, which may stand between the scheme and the last @.
std::string shown_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t at = url.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme) return url;
  return url.substr(0, scheme + 3) + "…" + url.substr(at);
}

std::string count_text(std::uint64_t number, const char* one, const char* many) {
  return fmt::format("{} {}", with_commas(number), number == 1 ? one : many);
}

double per_second(std::uint64_t count, double elapsed_s) {
  return elapsed_s > 0 ? static_cast<double>(count) / elapsed_s : 0;
}

std::string latency_row(std::string_view name, const FineLatencyHistogram& latency,
                        double elapsed_s) {
  if (latency.count() == 0) return "";
  const auto rate = static_cast<std::uint64_t>(per_second(latency.count(), elapsed_s));
  return fmt::format("{:<5}{:>12}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", name,
                     with_commas(latency.count()), with_commas(rate),
                     latency_text(latency.quantile(0.5)), latency_text(latency.quantile(0.9)),
                     latency_text(latency.quantile(0.99)), latency_text(latency.quantile(0.999)),
                     latency_text(latency.maximum()));
}

std::string latency_table(const LoadResult& result) {
  const Measurements& measured = result.measurements;
  return fmt::format("{:<5}{:>12}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "requests", "per s",
                     "p50", "p90", "p99", "p99.9", "max") +
         latency_row("GET", measured.get_latency, result.elapsed_s) +
         latency_row("SET", measured.set_latency, result.elapsed_s) +
         latency_row("all", measured.all_latency(), result.elapsed_s);
}

std::string errors_text(const LoadResult& result) {
  const Measurements& measured = result.measurements;
  std::string text = fmt::format("errors {}", with_commas(measured.error_count()));
  for (const auto& [name, count] : measured.errors) {
    text += fmt::format(", {} {}", name, with_commas(count));
  }
  if (!measured.first_error.empty()) text += fmt::format("; the first: {}", measured.first_error);
  if (result.preload_errors > 0) {
    text += fmt::format("; {} keys could not be preloaded", with_commas(result.preload_errors));
  }
  return text + "\n";
}

std::string node_row(const NodeFigures& node) {
  if (!node.reachable) return fmt::format("{:<8} {:<21} unreachable\n", node.shard, node.address);
  return fmt::format("{:<8} {:<21}{:>11}{:>11}{:>10}{:>9}{:>11}\n", node.shard, node.address,
                     with_commas(node.commands), with_commas(node.hits), with_commas(node.keys),
                     with_commas(node.evicted), size_text(node.memory_bytes));
}

std::string node_table(const LoadResult& result) {
  std::string text = fmt::format("{:<8} {:<21}{:>11}{:>11}{:>10}{:>9}{:>11}\n", "shard", "node",
                                 "commands", "hits", "keys", "evicted", "memory");
  for (const NodeFigures& node : result.nodes) text += node_row(node);
  return text;
}

}  // namespace

std::string settings_text(const Machine& machine, const LoadOptions& options) {
  return fmt::format("machine   {}, {}, {}, {}\n", count_text(machine.cores, "core", "cores"),
                     machine.processor, size_text(machine.memory_bytes), machine.kernel) +
         fmt::format("cluster   {}\n",
                     options.url.empty() ? fmt::format("{} on this machine, for this run",
                                                       count_text(options.shards, "node", "nodes"))
                                         : shown_url(options.url)) +
         fmt::format("workload  {}\n", workload_text(options)) +
         fmt::format("load      {}, {} to a node at most, pipelines of {}, {}, seed {}\n",
                     count_text(options.threads, "thread", "threads"),
                     count_text(options.connections_per_node, "connection", "connections"),
                     options.pipeline_depth, loop_text(options), options.seed);
}

std::string report_text(const LoadResult& result) {
  const Measurements& measured = result.measurements;
  const std::uint64_t rate =
      static_cast<std::uint64_t>(per_second(measured.operations(), result.elapsed_s));
  return fmt::format("\n{} requests in {:.2f} s: {} per second{}\n\n",
                     with_commas(measured.operations()), result.elapsed_s, with_commas(rate),
                     result.interrupted ? " (stopped early)" : "") +
         latency_table(result) +
         fmt::format("\nhit ratio {:.2f} % ({} hits, {} misses)\n", measured.hit_ratio() * 100,
                     with_commas(measured.hits), with_commas(measured.misses)) +
         errors_text(result) + "\n" + node_table(result);
}

}  // namespace cachekit::bench
