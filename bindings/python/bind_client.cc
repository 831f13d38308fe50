#include <cachekit/client.h>

#include <string>
#include <utility>

#include "bindings/python/bind_commands.h"
#include "bindings/python/bind_transaction.h"

namespace cachekit::python {
namespace {

// Runs a command without the interpreter lock, so that other Python threads go on meanwhile.
constexpr auto call_now = [](Client& client, auto command, auto convert) {
  auto result = [&] {
    const py::gil_scoped_release released;
    return command(client);
  }();
  return convert(std::move(result));
};

ReadPolicy read_policy_of(const std::string& name) {
  if (name == "primary") return ReadPolicy::primary;
  if (name == "prefer_replica") return ReadPolicy::prefer_replica;
  if (name == "nearest") return ReadPolicy::nearest;
  if (name == "any") return ReadPolicy::any;
  throw Error(Status(
      Code::invalid_argument,
      "read_policy is '" + name + "'; expected 'primary', 'prefer_replica', 'nearest' or 'any'"));
}

Client connect(const std::string& url, Seconds total_timeout, Seconds connect_timeout,
               Seconds read_timeout, Seconds read_attempt_timeout, const std::string& read_policy,
               Seconds max_staleness, int write_replicas, Seconds write_replicas_timeout,
               int max_attempts, bool retry_same_state, double retry_share, double hedge_share,
               std::size_t connections_per_node, std::size_t shared_connections,
               const std::string& user, const std::string& password,
               const std::string& password_file, const std::string& client_name,
               const std::optional<NearCacheOptions>& near_cache, std::size_t hot_keys,
               bool spread_hot_reads, double hot_reads_per_second) {
  ClientOptions options;
  options.total_timeout = to_millis(total_timeout);
  options.connect_timeout = to_millis(connect_timeout);
  options.read_timeout = to_millis(read_timeout);
  options.read_attempt_timeout = to_millis(read_attempt_timeout);
  options.read_policy = read_policy_of(read_policy);
  options.max_staleness = to_millis(max_staleness);
  options.write_replicas = write_replicas;
  options.write_replicas_timeout = to_millis(write_replicas_timeout);
  options.max_attempts = max_attempts;
  options.retry_same_state = retry_same_state;
  options.retry_share = retry_share;
  options.hedge_share = hedge_share;
  options.connections_per_node = connections_per_node;
  options.shared_connections = shared_connections;
  options.user = user;
  options.password = password;
  options.password_file = password_file;
  options.client_name = client_name;
  if (near_cache) options.near_cache = *near_cache;
  options.hot_keys.keys = hot_keys;
  options.hot_keys.spread_reads = spread_hot_reads;
  options.hot_keys.hot_reads_per_second = hot_reads_per_second;
  const py::gil_scoped_release released;
  return value_or_throw(Client::connect(url, std::move(options)));
}

py::dict dict_of(const Shard& shard) {
  using namespace py::literals;
  return py::dict("name"_a = shard.name, "weight"_a = shard.weight, "epoch"_a = shard.epoch,
                  "primary"_a = shard.primary, "replicas"_a = shard.replicas);
}

py::dict dict_of(const Topology& topology) {
  using namespace py::literals;
  py::list shards;
  for (const Shard& shard : topology.shards) shards.append(dict_of(shard));
  return py::dict("version"_a = topology.version, "ring_points"_a = topology.ring_points,
                  "shards"_a = shards);
}

PythonPipeline pipeline_of(const py::object& client) {
  return {.client = client, .pipeline = client.cast<Client&>().pipeline(), .answers = {}};
}

void bind_connect(ClientClass& bound) {
  using namespace py::literals;
  const ClientOptions defaults;
  bound.def_static(
      "connect", &connect, "url"_a, py::kw_only(),
      "total_timeout"_a = to_seconds(defaults.total_timeout),
      "connect_timeout"_a = to_seconds(defaults.connect_timeout),
      "read_timeout"_a = to_seconds(defaults.read_timeout),
      "read_attempt_timeout"_a = to_seconds(defaults.read_attempt_timeout),
      "read_policy"_a = "primary", "max_staleness"_a = to_seconds(defaults.max_staleness),
      "write_replicas"_a = defaults.write_replicas,
      "write_replicas_timeout"_a = to_seconds(defaults.write_replicas_timeout),
      "max_attempts"_a = defaults.max_attempts, "retry_same_state"_a = defaults.retry_same_state,
      "retry_share"_a = defaults.retry_share, "hedge_share"_a = defaults.hedge_share,
      "connections_per_node"_a = defaults.connections_per_node,
      "shared_connections"_a = defaults.shared_connections, "user"_a = "", "password"_a = "",
      "password_file"_a = "", "client_name"_a = defaults.client_name, "near_cache"_a = py::none(),
      "hot_keys"_a = defaults.hot_keys.keys, "spread_hot_reads"_a = defaults.hot_keys.spread_reads,
      "hot_reads_per_second"_a = defaults.hot_keys.hot_reads_per_second,
      "Opens a client of cachekit://host:port,…, nodes://host:port,…, file:///topology.json or "
      "redis://host:port,…. Timeouts are in seconds. Succeeds while nodes are down. read_policy "
      "is 'primary', 'prefer_replica', 'nearest' or 'any'; no node answers a read that may lack "
      "what is older than max_staleness. With write_replicas a write returns when so many replicas "
      "have it, or raises ConcernNotMet. near_cache: NearCacheOptions, for values kept in the "
      "client's own memory. hot_keys: how many of the keys that are asked for most often are told; "
      "with spread_hot_reads those that are read hot_reads_per_second are read from all nodes of "
      "their shard.");
}

}  // namespace

void bind_client(py::module_& module) {
  using namespace py::literals;
  ClientClass bound(module, "Client",
                    "A client of a whole cluster. Any number of threads may share one.");
  bind_connect(bound);
  bind_commands<Client&>(bound, call_now);
  bind_transaction<Client&>(bound, call_now);
  bound.def(
      "command_on",
      [](Client& client, const std::string& node, const py::args& args) {
        const auto words = strings_of(args);
        const auto views = views_of(words);
        return call_now(
            client, [&](Client& target) { return target.command_on(node, views); }, as_usual);
      },
      "node"_a, "Sends a command to one node, by its address: command_on(node, \"INFO\").");
  bound.def(
      "topology", [](const Client& client) { return dict_of(client.topology()); },
      "The topology in force, as a dict.");
  bound.def(
      "locate",
      [](const Client& client, const Bytes& key) {
        const Location location = client.locate(key.bytes);
        return py::make_tuple(location.shard, location.node);
      },
      "key"_a, "The names of the key's shard and node; no traffic.");
  bound.def(
      "scan",
      [](py::object self, const std::optional<Bytes>& match, const std::optional<std::string>& type,
         std::int64_t count) {
        ScanOptions options = scan_options(match, count);
        options.type = type;
        return PythonScan{self, self.cast<Client&>().scan(std::move(options)), {}};
      },
      py::kw_only(), "match"_a = py::none(), "type"_a = py::none(), "count"_a = 10,
      "A walk over the keys of all shards: for key in client.scan(match=\"user:*\"). type: only "
      "values of that type; count: how many keys a step looks at.");
  bind_stats(bound);
  bind_async(module, bound);
  bound.def("pipeline", &pipeline_of, "An empty pipeline.");
}

}  // namespace cachekit::python
