#include "bench/hit_ratio/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cachekit/version.h"

namespace cachekit::bench::hit_ratio {
namespace {

constexpr const char* description =
    R"(cachekit-hit-ratio: how many requests of a trace miss, with as much memory for each.

Without flags it replays the public traces against the storage engine in this process, with every
eviction policy, and then over a socket against cachekit-node, redis-server (allkeys-lru and
allkeys-lfu) and memcached. Each server gets as much memory above that of the empty process.)";

constexpr std::size_t quick_requests = 100'000;
constexpr int quick_search_runs = 4;

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, Options& options) {
  CLI::App app{description, "cachekit-hit-ratio"};
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_version_flag("--version", std::string(version));
  app.add_option("--traces", options.traces, "Folder of the public traces")->capture_default_str();
  const CLI::Option* const one =
      app.add_option("--trace", options.trace,
                     "Replay this file instead: lines `<key> <size>`, compressed by zstd");
  app.add_option("--value-scale", options.value_scale, "Multiplies the sizes in --trace")
      ->capture_default_str();
  app.add_option("--limit-mb", options.limit_mb, "Memory for --trace, in MiB")
      ->check(CLI::Range(1U, 1U << 20))
      ->capture_default_str();
  app.add_option("--requests", options.requests, "The first so many of each trace")
      ->capture_default_str();
  app.add_option("--search-runs", options.search_runs,
                 "Replays to find the setting of a server's limit with, at most")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--slow-seconds", options.slow_s,
                 "Replay once more over so long against redis-server, whose clock for LRU ticks "
                 "once a second;\n0: do not")
      ->capture_default_str();
  app.add_flag("!--no-engine", options.engine, "Leave out the replays in this process");
  app.add_flag("!--no-servers", options.servers, "Leave out the replays over a socket");
  app.add_flag("--near-cache", options.near_cache,
               "Replay against the client's near-cache, LRU and W-TinyLFU, in process, instead");
  app.add_option("--node", options.node_path, "cachekit-node [beside this program]");
  app.add_option("--node-eviction", options.node_policy, "Its --eviction")->capture_default_str();
  app.add_option("--redis", options.redis_path)->capture_default_str();
  app.add_option("--memcached", options.memcached_path)->capture_default_str();
  app.add_option("--memcached-flag", options.memcached_flags, "One more flag for memcached")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  bool quick = false;
  app.add_flag("--quick", quick, "The first 100,000 requests, four search runs, no slow replay");
  app.add_flag("--json", options.json, "Print the report as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (one->count() > 0) options.traces.clear();
  if (options.near_cache) {
    options.servers = false;
    options.slow_s = 0;
  }
  if (quick) {
    options.requests = std::min(options.requests, quick_requests);
    options.search_runs = std::min(options.search_runs, quick_search_runs);
    options.slow_s = 0;
  }
  return std::nullopt;
}

}  // namespace cachekit::bench::hit_ratio
