#include "client/api/connect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "cachekit/topology.h"
#include "client/io/socket_engine.h"
#include "client/topology/credentials.h"
#include "client/topology/url.h"

namespace cachekit::api {
namespace {

tl::unexpected<Status> refuse(std::string sentence) {
  return tl::unexpected(Status(Code::invalid_argument, std::move(sentence)));
}

/// Timeouts beyond this overflow when they are added to a point in time.
constexpr std::chrono::milliseconds longest_timeout = std::chrono::hours(24 * 365);

Result<void> check_duration(std::string_view name, std::chrono::milliseconds duration) {
  if (duration.count() >= 1 && duration <= longest_timeout) return {};
  return refuse(fmt::format("the option {} is {} ms; expected 1 ms to {} ms", name,
                            duration.count(), longest_timeout.count()));
}

Result<void> check_options(const ClientOptions& options) {
  for (const auto& [name, duration] : {std::pair("total_timeout", options.total_timeout),
                                       std::pair("connect_timeout", options.connect_timeout),
                                       std::pair("read_timeout", options.read_timeout),
                                       std::pair("backoff_base", options.backoff_base),
                                       std::pair("backoff_limit", options.backoff_limit)}) {
    if (auto checked = check_duration(name, duration); !checked) return checked;
  }
  if (options.max_attempts < 1) {
    return refuse(
        fmt::format("the option max_attempts is {}; expected at least 1", options.max_attempts));
  }
  if (options.connections_per_node < 1) return refuse("the option connections_per_node is 0");
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (!std::all_of(options.client_name.begin(), options.client_name.end(), visible)) {
    return refuse("the option client_name contains a blank or a character that is not ASCII");
  }
  return {};
}

Result<Topology> read_document(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return tl::unexpected(Status(
        Code::topology_error,
        fmt::format("cannot open the topology document {}: {}", path, std::strerror(errno))));
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Result<Topology> topology = parse_topology(text);
  if (topology) return topology;
  return tl::unexpected(
      Status(topology.error().code(), fmt::format("{}: {}", path, topology.error().message())));
}

Result<Topology> topology_of(const topology::ClusterUrl& url, const ClientOptions& options) {
  if (url.kind == topology::ClusterUrl::Kind::file) return read_document(url.path);
  Topology topology;
  topology.ring_points = options.ring_points;
  for (const topology::UrlShard& entry : url.shards) {
    Shard& shard = topology.shards.emplace_back();
    shard.name = entry.name;
    shard.primary = entry.address;
  }
  return topology;
}

io::ConnectionSettings settings_of(const topology::Credentials& credentials,
                                   const ClientOptions& options) {
  return {
      .greeting = io::make_greeting(credentials.user, credentials.password, options.client_name),
      .limits = {.bytes = options.max_reply_bytes,
                 .elements = options.max_reply_elements,
                 .depth = options.max_reply_depth},
      .connect_timeout = options.connect_timeout,
      .reply_timeout = options.read_timeout};
}

}  // namespace

Result<std::unique_ptr<routing::Router>> connect(std::string_view text,
                                                 const ClientOptions& options) {
  if (auto checked = check_options(options); !checked) return tl::unexpected(checked.error());
  const Result<topology::ClusterUrl> url = topology::parse_url(text);
  if (!url) return tl::unexpected(url.error());
  const auto credentials =
      topology::find_credentials(*url, options, topology::process_environment());
  if (!credentials) return tl::unexpected(credentials.error());
  Result<Topology> topology = topology_of(*url, options);
  if (!topology) return tl::unexpected(std::move(topology.error()));
  auto view = routing::ClusterView::build(*std::move(topology), options.connections_per_node);
  if (!view) return tl::unexpected(std::move(view.error()));

  auto engine = std::make_unique<io::SocketEngine>(settings_of(*credentials, options), options.log);
  auto router = std::make_unique<routing::Router>(*std::move(view), std::move(engine), options);
  const auto patience = std::min(options.connect_timeout, options.total_timeout);
  if (Status status = router->greet_all(patience); !status.ok()) return tl::unexpected(status);
  return router;
}

}  // namespace cachekit::api
