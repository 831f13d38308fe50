// Clusters for the client's tests, of cachekit nodes and of redis-server alike:
//
//   TEST_CASE_TEMPLATE("…", Servers, CachekitNodes, RedisServers) {
//     auto cluster = TestCluster<Servers>::start(3);
//     if (!cluster) return;  // not installed; a message was printed
//
// For one thread.

#pragma once

#include <cachekit/client.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/integration/temporary_folder.h"
#include "tests/support/server_process.h"

namespace cachekit::test {

struct RedisServers {
  static constexpr const char* unix_flag = "--unixsocket";
  static bool available() { return redis_is_installed(); }
  static std::unique_ptr<ServerProcess> start(const ServerProcess::Arguments& more) {
    return ServerProcess::start_redis(more);
  }
};

struct CachekitNodes {
  static constexpr const char* unix_flag = "--unix-socket";
  static bool available() {
    const char* program = std::getenv("CACHEKIT_NODE");
    if (program != nullptr && access(program, X_OK) == 0) return true;
    MESSAGE("skipped: CACHEKIT_NODE names no program");
    return false;
  }
  static std::unique_ptr<ServerProcess> start(const ServerProcess::Arguments& more) {
    return ServerProcess::start_node(more);
  }
};

/// Servers that the client reaches by Unix sockets, so that one can come back at its old address;
/// each listens on a TCP port, too.
template <class Servers>
class TestCluster {
 public:
  /// Nothing if there is no such server on this machine.
  static std::unique_ptr<TestCluster> start(std::size_t shards,
                                            ServerProcess::Arguments flags = {}) {
    if (!Servers::available()) return nullptr;
    return std::unique_ptr<TestCluster>(new TestCluster(shards, std::move(flags)));
  }

  std::string address(std::size_t shard) const {
    return fmt::format("unix:{}/{}.sock", folder_.path().string(), shard);
  }
  std::string tcp_address(std::size_t shard) const { return servers_[shard]->endpoint().text(); }

  std::string url() const {
    std::string list;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      list += fmt::format("{}s{}={}", i > 0 ? "," : "", i, address(i));
    }
    return "cachekit://" + list;
  }

  Client client(ClientOptions options = {}) const {
    auto connected = Client::connect(url(), std::move(options));
    REQUIRE_MESSAGE(connected.has_value(), connected.error().text());
    return *std::move(connected);
  }

  void kill_server(std::size_t shard) {
    ::kill(servers_[shard]->pid(), SIGKILL);
    servers_[shard].reset();
    unlink(address(shard).substr(5).c_str());
  }
  void start_server(std::size_t shard) {
    ServerProcess::Arguments all = flags_;
    all.insert(all.end(), {Servers::unix_flag, address(shard).substr(5)});
    // A replica of redis-server keeps the copy that it gets in a file there.
    if (std::is_same_v<Servers, RedisServers>) all.insert(all.end(), {"--dir", folder_.path()});
    servers_[shard] = Servers::start(all);
  }
  ServerProcess& server(std::size_t shard) { return *servers_[shard]; }

 private:
  TestCluster(std::size_t shards, ServerProcess::Arguments flags)
      : flags_(std::move(flags)), servers_(shards) {
    for (std::size_t i = 0; i < shards; ++i) start_server(i);
  }

  ServerProcess::Arguments flags_;
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;
};

/// The first of "prefix0", "prefix1", … on the shard with this index.
inline std::string key_on(const Client& client, std::size_t shard, const std::string& prefix) {
  const std::string name = client.topology().shards[shard].name;
  for (int i = 0;; ++i) {
    std::string key = prefix + std::to_string(i);
    if (client.locate(key).shard == name) return key;
  }
}

template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::ok : result.error().code();
}

}  // namespace cachekit::test

TYPE_TO_STRING(cachekit::test::RedisServers);
TYPE_TO_STRING(cachekit::test::CachekitNodes);
