#include "client/api/connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "cachekit/topology.h"
#include "client/api/node_copies.h"
#include "client/api/refuse.h"
#include "client/hotkeys/hot_keys.h"
#include "client/io/socket_engine.h"
#include "client/topology/credentials.h"
#include "client/topology/open_store.h"
#include "client/topology/url.h"

namespace cachekit::api {
namespace {

/// Timeouts beyond this overflow when they are added to a point in time.
constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours(24 * 365);

Result<void> check_duration(std::string_view name, std::chrono::milliseconds duration) {
  if (duration.count() >= 1 && duration <= longest_timeout) return {};
  return refuse(fmt::format("the option {} is {} ms; expected 1 ms to {} ms", name,
                            duration.count(), longest_timeout.count()));
}

Result<void> check_near_cache(const NearCacheOptions& options) {
  if (auto checked = check_duration("near_cache.max_silence", options.max_silence); !checked) {
    return checked;
  }
  for (const auto& [name, duration] : {std::pair("near_cache.max_age", options.max_age),
                                       std::pair("near_cache.absent_age", options.absent_age)}) {
    if (duration.count() == 0) continue;
    if (auto checked = check_duration(name, duration); !checked) return checked;
  }
  if (!options.tracking && options.max_age.count() == 0) {
    return refuse("the option near_cache.max_age is 0, and must be set where tracking is off");
  }
  // Servers refuse overlapping prefixes.
  for (const std::string& prefix : options.prefixes) {
    const auto overlaps = [&](const std::string& other) {
      return &other != &prefix && other.starts_with(prefix);
    };
    if (std::ranges::any_of(options.prefixes, overlaps)) {
      return refuse(fmt::format("near_cache.prefixes overlap: '{}' and another", prefix));
    }
  }
  return {};
}

Result<void> check_hot_keys(const HotKeyOptions& options) {
  if (options.keys > hotkeys::HotKeys::most_keys) {
    return refuse(fmt::format("the option hot_keys.keys is {}; expected {} at most", options.keys,
                              hotkeys::HotKeys::most_keys));
  }
  if (options.spread_reads && options.keys == 0) {
    return refuse("the option hot_keys.spread_reads is set, and hot_keys.keys is 0");
  }
  if (!(options.hot_reads_per_second > 0)) {
    return refuse(
        fmt::format("the option hot_keys.hot_reads_per_second is {}; expected more than 0",
                    options.hot_reads_per_second));
  }
  return check_duration("hot_keys.half_life", options.half_life);
}

Result<void> check_options(const ClientOptions& options) {
  for (const auto& [name, duration] :
       {std::pair("total_timeout", options.total_timeout),
        std::pair("connect_timeout", options.connect_timeout),
        std::pair("read_timeout", options.read_timeout),
        std::pair("read_attempt_timeout", options.read_attempt_timeout),
        std::pair("write_replicas_timeout", options.write_replicas_timeout),
        std::pair("max_staleness", options.max_staleness),
        std::pair("backoff_base", options.backoff_base),
        std::pair("backoff_limit", options.backoff_limit)}) {
    if (auto checked = check_duration(name, duration); !checked) return checked;
  }
  if (options.max_attempts < 1) {
    return refuse(
        fmt::format("the option max_attempts is {}; expected at least 1", options.max_attempts));
  }
  if (!(options.retry_share >= 0 && options.retry_share <= 1000)) {
    return refuse(
        fmt::format("the option retry_share is {}; expected 0 or more", options.retry_share));
  }
  if (!(options.hedge_share >= 0 && options.hedge_share <= 1)) {
    return refuse(
        fmt::format("the option hedge_share is {}; expected 0 to 1", options.hedge_share));
  }
  if (options.write_replicas < 0) {
    return refuse(
        fmt::format("the option write_replicas is {}; expected 0 or more", options.write_replicas));
  }
  if (options.write_replicas > 0 && options.write_replicas_timeout >= options.read_timeout) {
    return refuse("the option write_replicas_timeout must be below read_timeout");
  }
  if (options.io_threads < 1) return refuse("the option io_threads is 0");
  if (options.max_async_operations < 1) return refuse("the option max_async_operations is 0");
  if (options.max_async_bytes < 1) return refuse("the option max_async_bytes is 0");
  if (options.connections_per_node < 1) return refuse("the option connections_per_node is 0");
  if (options.shared_connections < 1) return refuse("the option shared_connections is 0");
  if (auto checked = check_near_cache(options.near_cache); !checked) return checked;
  if (auto checked = check_hot_keys(options.hot_keys); !checked) return checked;
  if (options.tracing.slow_threshold.count() < 0) {
    return refuse("the option tracing.slow_threshold is below 0");
  }
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (!std::all_of(options.client_name.begin(), options.client_name.end(), visible)) {
    return refuse("the option client_name contains a blank or a character that is not ASCII");
  }
  return {};
}

/// The version of a list of nodes of which the topology is still to be asked.
constexpr std::uint64_t nothing_known = 0;

Topology topology_of_list(const topology::ClusterUrl& url, const ClientOptions& options) {
  Topology topology;
  topology.ring_points = options.ring_points;
  if (url.kind == topology::ClusterUrl::Kind::nodes) topology.version = nothing_known;
  for (const topology::UrlShard& entry : url.shards) {
    Shard& shard = topology.shards.emplace_back();
    shard.name = entry.name;
    shard.primary = entry.address;
  }
  return topology;
}

io::ConnectionSettings settings_of(const topology::Credentials& credentials, bool replicas,
                                   const ClientOptions& options) {
  const auto max_staleness = replicas ? std::optional(options.max_staleness) : std::nullopt;
  return {.greeting = io::make_greeting(credentials.user, credentials.password, options.client_name,
                                        max_staleness),
          .limits = {.bytes = options.max_reply_bytes,
                     .elements = options.max_reply_elements,
                     .depth = options.max_reply_depth},
          .connect_timeout = options.connect_timeout,
          .reply_timeout = options.read_timeout,
          .receive_slice = std::clamp(options.read_attempt_timeout / 2,
                                      std::chrono::milliseconds(1), options.read_timeout)};
}

/// Its connections are named after what they are for.
Result<std::unique_ptr<caching::NearCache>> make_near_cache(routing::Router& router,
                                                            const topology::ClusterUrl& url,
                                                            const ClientOptions& options,
                                                            const caching::Guards& guards) {
  if (options.near_cache.bytes == 0) return nullptr;
  const auto named = [&](std::string_view purpose) {
    ClientOptions others = options;
    others.client_name += purpose;
    return connection_settings(url, others);
  };
  auto reads = named("-near-reads");
  if (!reads) return tl::unexpected(std::move(reads.error()));
  auto invalidations = named("-near-invalidations");
  if (!invalidations) return tl::unexpected(std::move(invalidations.error()));
  return std::make_unique<caching::NearCache>(
      router, options,
      caching::NearCache::Settings{.reads = *std::move(reads),
                                   .invalidations = *std::move(invalidations),
                                   .guards = guards});
}

// The nodes of the URL remain to be asked when the topology has none of them.
Result<std::unique_ptr<topology::Store>> ask_nodes(routing::Router& router) {
  routing::NodeList seeds;
  const std::shared_ptr<const routing::ClusterView> view = router.view();
  for (std::uint32_t shard = 0; shard < view->shard_count(); ++shard) {
    seeds.push_back(view->nodes_of(shard).front());
  }
  Result<Topology> copy = NodeCopies(router).read();
  if (!copy) return tl::unexpected(std::move(copy.error()));
  if (auto taken = router.take(*std::move(copy)); !taken) return tl::unexpected(taken.error());
  return std::make_unique<NodeCopies>(router, std::move(seeds));
}

}  // namespace

Result<io::ConnectionSettings> connection_settings(const topology::ClusterUrl& url,
                                                   const ClientOptions& options) {
  if (auto checked = check_options(options); !checked) return tl::unexpected(checked.error());
  const auto credentials =
      topology::find_credentials(url, options, topology::process_environment());
  if (!credentials) return tl::unexpected(credentials.error());
  const bool may_have_replicas = url.kind != topology::ClusterUrl::Kind::list;
  return settings_of(*credentials, may_have_replicas, options);
}

Result<std::unique_ptr<ClientState>> connect(std::string_view text, const ClientOptions& options,
                                             const caching::Guards& guards) {
  if (auto checked = check_options(options); !checked) return tl::unexpected(checked.error());
  const Result<topology::ClusterUrl> url = topology::parse_url(text);
  if (!url) return tl::unexpected(url.error());
  auto settings = connection_settings(*url, options);
  if (!settings) return tl::unexpected(std::move(settings.error()));

  std::unique_ptr<topology::Store> store = topology::open_store(*url);
  Result<Topology> topology = store ? store->read() : topology_of_list(*url, options);
  if (!topology) {
    const bool in_file = url->kind == topology::ClusterUrl::Kind::file;
    const Code code = in_file ? Code::topology_error : topology.error().code();
    return tl::unexpected(Status(code, topology.error().message()));
  }
  auto view = routing::ClusterView::build(
      *std::move(topology),
      {.alone = options.connections_per_node, .shared = options.shared_connections});
  if (!view) return tl::unexpected(std::move(view.error()));

  auto engine = std::make_unique<io::SocketEngine>(*std::move(settings), options.log);
  const io::EngineContext& context = engine->context();
  auto router = std::make_unique<routing::Router>(*std::move(view), std::move(engine), options);
  if (url->kind == topology::ClusterUrl::Kind::nodes) {
    auto copies = ask_nodes(*router);
    if (!copies) return tl::unexpected(std::move(copies.error()));
    store = *std::move(copies);
  }
  const auto patience = std::min(options.connect_timeout, options.total_timeout);
  if (Status status = router->greet_all(patience); !status.ok()) return tl::unexpected(status);
  auto near_cache = make_near_cache(*router, *url, options, guards);
  if (!near_cache) return tl::unexpected(std::move(near_cache.error()));
  return std::make_unique<ClientState>(std::move(router), *std::move(near_cache), context,
                                       std::move(store), options);
}

}  // namespace cachekit::api
