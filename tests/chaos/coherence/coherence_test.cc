// No answer of a near-cache is older than its bound, whatever happens to connections, nodes and
// primaries; and each guard, switched off, lets one through that this check notices.

#include <cachekit/agent.h>
#include <cachekit/local_cluster.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "tests/chaos/coherence/rig.h"
#include "tests/integration/client_cluster.h"
#include "tests/support/resp_connection.h"
#include "tests/support/sanitizers.h"
#include "tests/support/tcp_proxy.h"

using namespace cachekit;
using namespace cachekit::coherence;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

bool is_long_form() { return std::getenv("CACHEKIT_TEST_LONG") != nullptr; }

std::chrono::milliseconds time_for(std::chrono::milliseconds in_short) {
  return is_long_form() ? in_short * 40 : in_short;
}

// How long a guard that is off has to be noticed; it mostly takes a fraction of it.
constexpr auto time_to_notice = 20s;

/// Nodes or redis-servers behind proxies.
template <class Servers>
struct Behind {
  std::vector<std::unique_ptr<ServerProcess>> servers;
  std::vector<std::unique_ptr<TcpProxy>> proxies;
  std::string url = "cachekit://";

  explicit Behind(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      servers.push_back(Servers::start({}));
      proxies.push_back(std::make_unique<TcpProxy>(servers.back()->endpoint().text()));
      url += fmt::format("{}s{}={}", i > 0 ? "," : "", i, proxies.back()->address());
    }
  }

  /// Kills all connections whose name ends so, or none.
  void kill_connections(std::size_t server, const std::string& purpose) {
    const auto connection = RespConnection::to(servers[server]->endpoint());
    const std::string list = connection->call({"CLIENT", "LIST"}).value_or("");
    for (std::size_t at = 0; (at = list.find("name=cachekit-near-" + purpose, at)) != list.npos;
         ++at) {
      const std::size_t line = list.rfind("id=", at) + 3;
      connection->call({"CLIENT", "KILL", "ID", list.substr(line, list.find(' ', line) - line)});
    }
  }

  LinkState held_back(const std::string& purpose, std::chrono::milliseconds delay) {
    return {.to_target = {}, .to_client = {.delay = delay}, .opening = "near-" + purpose};
  }
  LinkState cut(const std::string& purpose) {
    return {.to_target = {}, .to_client = {.cut = true}, .opening = "near-" + purpose};
  }
};

/// Calls `begin` and `end` in turn, a pause after each.
template <class Begin, class End>
auto alternating(std::chrono::milliseconds pause, Begin begin, End end) {
  return [=, next = std::chrono::steady_clock::now(), begun = false](int) mutable {
    if (std::chrono::steady_clock::now() < next) return;
    begun = !begun;
    begun ? begin() : end();
    next = std::chrono::steady_clock::now() + pause;
  };
}

void is_coherent(const Outcome& outcome) {
  CHECK_MESSAGE(outcome.violations == 0, outcome.violation);
  CHECK(outcome.hits > 100);
  CHECK(outcome.writes > 20);
}

}  // namespace

TEST_CASE_TEMPLATE("coherence: writers and readers", Servers, CachekitNodes, RedisServers) {
  if (!Servers::available()) return;
  const std::string name = std::is_same_v<Servers, RedisServers> ? "redis, " : "nodes, ";
  Behind<Servers> servers(2);
  is_coherent(check(name + "nothing happens",
                    {.url = servers.url, .own_bound = 0ms, .time = time_for(400ms)}));
  is_coherent(
      check(name + "broadcast",
            {.url = servers.url, .bound = 250ms, .broadcast = true, .time = time_for(400ms)}));
  is_coherent(check(name + "connections killed", {.url = servers.url, .time = time_for(700ms)},
                    alternating(
                        60ms, [&] { servers.kill_connections(0, "invalidations"); },
                        [&] { servers.kill_connections(1, "reads"); })));
}

TEST_CASE("coherence: links that are late or silent, nodes that are paused") {
  if (!CachekitNodes::available()) return;
  Behind<CachekitNodes> servers(2);
  servers.proxies[0]->set(servers.held_back("reads", 3ms));
  servers.proxies[1]->set(servers.held_back("invalidations", 20ms));
  is_coherent(check("late links", {.url = servers.url, .time = time_for(500ms)}));
  servers.proxies[1]->heal();
  is_coherent(check("half-open invalidations", {.url = servers.url, .time = time_for(1100ms)},
                    alternating(
                        400ms, [&] { servers.proxies[0]->set(servers.cut("invalidations")); },
                        [&] { servers.proxies[0]->heal(); })));
  servers.proxies[0]->heal();
  is_coherent(check("paused nodes", {.url = servers.url, .time = time_for(1000ms)},
                    alternating(
                        350ms, [&] { kill(servers.servers[1]->pid(), SIGSTOP); },
                        [&] { kill(servers.servers[1]->pid(), SIGCONT); })));
  kill(servers.servers[1]->pid(), SIGCONT);
}

TEST_CASE("coherence: without a guard an old answer is noticed") {
  if (!CachekitNodes::available()) return;
  Behind<CachekitNodes> servers(1);
  const auto notices = [&](const std::string& guard, const std::function<void(int)>& fault = {}) {
    const Outcome outcome =
        check("without " + guard, {.url = servers.url, .guard_off = guard, .time = time_to_notice},
              fault);
    CHECK_MESSAGE(outcome.violations > 0, guard);
    servers.proxies[0]->heal();
  };
  servers.proxies[0]->set(servers.held_back("reads", 3ms));
  notices("voided_fills");
  servers.proxies[0]->set(servers.held_back("invalidations", 5ms));
  notices("own_writes");
  notices("drop_at_reconnect",
          alternating(30ms, [&] { servers.kill_connections(0, "invalidations"); }, [] {}));
  notices("silence_bound",
          alternating(
              700ms, [&] { servers.proxies[0]->set(servers.cut("invalidations")); },
              [&] { servers.proxies[0]->heal(); }));
}

namespace {

/// One shard of a primary and two replicas.
LocalCluster replicated() {
  auto cluster = LocalCluster::start({.shards = 1, .replicas = 2});
  REQUIRE_MESSAGE(cluster, cluster.error().message());
  return *std::move(cluster);
}

std::size_t primary_of(const LocalCluster& cluster) {
  const auto client = Client::connect(cluster.url());
  REQUIRE(client);
  const std::string primary = client->topology().shards.front().primary;
  const auto nodes = cluster.nodes();
  const auto found = std::ranges::find(nodes, primary, &LocalNode::address);
  REQUIRE(found != nodes.end());
  return static_cast<std::size_t>(found - nodes.begin());
}

}  // namespace

// Reads of a primary that has been replaced and does not know it yet are as old as they are without
// a near-cache, so the bound has room for what that takes.
TEST_CASE("coherence: another primary") {
  if (!CachekitNodes::available()) return;
  LocalCluster cluster = replicated();
  CheckSetting setting{.url = cluster.url(),
                       .bound = 500ms,
                       .own_bound = 500ms,
                       .write_replicas = 1,
                       .time = time_for(1200ms)};
  const auto hand_over_now = alternating(
      700ms, [&] { static_cast<void>(hand_over(cluster.url(), cluster.nodes()[0].shard)); },
      [&] { static_cast<void>(hand_over(cluster.url(), cluster.nodes()[0].shard)); });
  is_coherent(check("hand-overs", setting, hand_over_now));

  int paused = 0;
  is_coherent(check("a primary paused until it is replaced", setting,
                    alternating(
                        900ms,
                        [&] {
                          paused = cluster.nodes()[primary_of(cluster)].pid;
                          kill(paused, SIGSTOP);
                        },
                        [&] { kill(paused, SIGCONT); })));
  if (paused != 0) kill(paused, SIGCONT);

  bool killed = false;
  is_coherent(check("a primary killed", setting, [&](int turn) {
    if (turn < 100 || std::exchange(killed, true)) return;
    CHECK(cluster.kill_node(primary_of(cluster)).ok());
  }));

  setting.guard_off = "drop_at_role_change";
  setting.time = time_to_notice;
  const Outcome outcome = check("without drop_at_role_change", setting, hand_over_now);
  CHECK(outcome.violations > 0);
}

TEST_CASE_TEMPLATE("coherence: how long a change takes to reach another client", Servers,
                   CachekitNodes, RedisServers) {
  if (!Servers::available()) return;
  Behind<Servers> servers(1);
  const auto connect = [&](std::size_t bytes) {
    ClientOptions options;
    options.near_cache.bytes = bytes;
    auto client = Client::connect(servers.url, options);
    REQUIRE(client);
    return *std::move(client);
  };
  Client writer = connect(0);
  Client reader = connect(std::size_t{1} << 20);
  const int changes = is_long_form() ? 20'000 : 300;
  std::vector<double> delays_us;
  for (int i = 1; i <= changes; ++i) {
    // It must be in the near-cache before it changes.
    for (std::uint64_t hits = reader.near_cache_statistics().hits;
         reader.near_cache_statistics().hits == hits;) {
      REQUIRE(reader.get("key"));
      if (i == 1) REQUIRE(writer.set("key", "0"));
    }
    REQUIRE(writer.set("key", std::to_string(i)));
    const auto acknowledged = std::chrono::steady_clock::now();
    while (true) {
      const auto value = reader.get("key");
      REQUIRE((value && *value));
      if (**value == std::to_string(i)) break;
      REQUIRE(std::chrono::steady_clock::now() < acknowledged + 10s);
    }
    const auto delay = std::chrono::steady_clock::now() - acknowledged;
    delays_us.push_back(std::chrono::duration<double, std::micro>(delay).count());
  }
  std::ranges::sort(delays_us);
  const auto at = [&](double share) {
    return delays_us[static_cast<std::size_t>(share * static_cast<double>(delays_us.size() - 1))];
  };
  fmt::print("{}propagation after the acknowledgement, {} changes: p50 {:.0f} µs, p99 {:.0f} µs\n",
             std::is_same_v<Servers, RedisServers> ? "redis, " : "nodes, ", changes, at(0.5),
             at(0.99));
  CHECK(at(0.5) < 500'000);
}
