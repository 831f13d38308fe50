// The entry to cachekit: a Client of a whole cluster.
//
//   auto client = cachekit::Client::connect("cachekit://10.0.0.1:7379,10.0.0.2:7379");
//   if (!client) return report(client.error());
//   client->set("user:123:session", "abc123xyz", std::chrono::hours(1));
//   auto session = client->get("user:123:session");  // Result<std::optional<std::string>>
//
// A process that forks must connect again in the child: calls of a Client from before fail there
// with invalid_argument.
//
// Thread rule: any number of threads may share one Client.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/async.h"
#include "cachekit/commands.h"
#include "cachekit/near_cache.h"
#include "cachekit/options.h"
#include "cachekit/pipeline.h"
#include "cachekit/scan.h"
#include "cachekit/shared_value.h"
#include "cachekit/stats.h"
#include "cachekit/status.h"
#include "cachekit/topology.h"
#include "cachekit/transaction.h"

namespace cachekit {

namespace api {
class ClientState;
}

/// Where a key lives.
struct Location {
  std::string shard;
  std::string node;  ///< The shard's primary.
};

class Client : public Commands<Client, Result> {
 public:
  /// Opens a client of the cluster that `url` describes:
  ///   cachekit://host:port,host:port   a list of shards of one node each; `name=host:port` names a
  ///                                    shard, otherwise host:port is its name
  ///   file:///path/topology.json       a topology document, see topology.h
  ///   nodes://host:port,host:port      some nodes of a cluster with agents; they are asked for its
  ///                                    topology, now and whenever that may have changed
  ///   etcd://host:port,host:port/name  the same document in etcd v3, under the key
  ///                                    cachekit/<name>/topology, by plain HTTP
  ///   redis://host:port,…              stock Redis or Valkey servers, as shards
  /// `user:password@` may stand before the list; %-escapes are decoded. Those before etcd's members
  /// are for etcd alone. An IPv6 host stands in [brackets]; unix:/path is a Unix socket.
  ///
  /// Succeeds while nodes are down, even all of them: calls then fail until they are back. Only
  /// nodes:// and etcd:// fail then, with unavailable, if none of those that they name answers
  /// within 0.2 and 1.5 s. Fails with invalid_argument or topology_error if the URL or the document
  /// makes no sense, and with unauthenticated if etcd, or a node that answers, refuses the
  /// credentials.
  static Result<Client> connect(std::string_view url, ClientOptions options = {});

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// The value, or nothing on a miss; from the near-cache, if there is one and it has it.
  Result<OptionalString> get(std::string_view key);

  /// The same. A hit of the near-cache copies no bytes and allocates nothing.
  Result<std::optional<SharedValue>> get_shared(std::string_view key);

  /// The values in the order of the keys. Those that the near-cache has are not asked for, the
  /// others on all shards in parallel.
  Result<std::vector<OptionalString>> mget(Keys keys);
  Result<std::vector<OptionalString>> mget(std::initializer_list<std::string_view> keys) {
    return mget(Keys(keys.begin(), keys.size()));
  }

  /// All zero without a near-cache.
  NearCacheStatistics near_cache_statistics() const;

  /// What the client has done and how its nodes do. Costs some microseconds for each node, and no
  /// traffic; in a forked child, all zero.
  ClientStats stats() const;

  /// The keys that it asks for most often of late, the most often first; HotKeyOptions::keys at
  /// most. Those of blocking, asynchronous and pipelined calls, and of what the near-cache answers.
  std::vector<HotKey> hot_keys() const;

  /// The same commands for callbacks and coroutines; see async.h.
  AsyncCommands async();

  /// Executes commands on keys of one shard, that of `key`, one after the other with nothing in
  /// between (MULTI, EXEC): all of them, or none. The answers in their order; an error of a single
  /// command stands among them and undoes nothing. Commands without keys, such as TIME, may be
  /// among them.
  ///
  ///   const Request requests[] = {operations::incr("n", 1).request, {"PEXPIRE", "n", "1000"}};
  ///   Result<std::vector<Value>> answers = client.transaction("n", requests);
  ///
  /// Unless it only reads it is never sent again if it may have been executed, but outcome_unknown.
  /// It goes to the primary, and never to the near-cache. Fails with
  /// invalid_argument if a key lies on another shard, and as a whole if the node refuses one of the
  /// commands before it executes any.
  Result<std::vector<Value>> transaction(std::string_view key, std::span<const Request> requests,
                                         const TransactionOptions& options = {});

  /// An empty pipeline.
  Pipeline pipeline();

  /// A walk over the keys of all shards, which has asked nothing yet; see scan.h.
  KeyScan scan(ScanOptions options = {});

  /// The topology in force.
  Topology topology() const;

  /// Its version, which rises with every change.
  std::uint64_t topology_version() const;

  /// Where a key lives; no traffic.
  Location locate(std::string_view key) const;

  /// Sends a command to one node of the topology, by its address, whatever its keys: for INFO,
  /// CONFIG, FLUSHALL and the like. Never retried on another node.
  Result<Value> command_on(std::string_view node, std::span<const std::string_view> words);
  Result<Value> command_on(std::string_view node, std::initializer_list<std::string_view> words) {
    return command_on(node, std::span<const std::string_view>(words.begin(), words.size()));
  }

  /// For Commands.
  template <class T>
  Result<T> run(Operation<T> operation) {
    Result<Value> reply = send(operation.request);
    if (!reply) return tl::unexpected(std::move(reply.error()));
    return operation.decode(*std::move(reply));
  }

 private:
  explicit Client(std::unique_ptr<api::ClientState> state);
  Result<Value> send(const Request& request);

  std::unique_ptr<api::ClientState> state_;
};

}  // namespace cachekit
