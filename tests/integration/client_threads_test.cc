// Many threads on one client: no reply ever reaches another caller.

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <thread>

#include "tests/integration/client_cluster.h"
#include "tests/integration/fake_server.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

constexpr int thread_count = 64;
constexpr int rounds = sanitized ? 50 : 150;

template <class Body>
void in_threads(const Body& body) {
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) threads.emplace_back([&body, t] { body(t); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE_TEMPLATE("64 threads read what they wrote", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60s, .read_timeout = 60s});
  std::atomic<int> wrong{0};
  in_threads([&](int t) {
    for (int i = 0; i < rounds; ++i) {
      const std::string name = std::to_string(t) + ":" + std::to_string(i);
      const auto set = client.set("a" + name, name);
      const auto value = client.get("a" + name);
      const auto both = client.mget({"a" + name, "b" + name});
      const auto count = client.incr("count");
      if (!set || !value || **value != name || !both || *(*both)[0] != name || (*both)[1] ||
          !count) {
        ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
  CHECK(**client.get("count") == std::to_string(thread_count * rounds));
}

TEST_CASE("answers that come too late reach nobody") {
  std::atomic<std::uint64_t> count{seed()};
  const FakeServer server([&](const FakeServer::Words& words) {
    if (count++ % 7 == 0) std::this_thread::sleep_for(30ms);
    return FakeServer::Reply{.bytes = "+" + words[1] + "\r\n"};
  });
  auto client = Client::connect("cachekit://" + server.address(),
                                {.total_timeout = 60ms, .read_timeout = 15ms});
  REQUIRE(client.has_value());
  std::atomic<int> right{0};
  std::atomic<int> swapped{0};
  in_threads([&](int t) {
    for (int i = 0; i < 30; ++i) {
      const std::string key = std::to_string(t) + ":" + std::to_string(i);
      const auto reply = client->type(key);
      if (reply) ++(*reply == key ? right : swapped);
    }
  });
  CHECK(swapped == 0);
  CHECK(right > 0);
}

TEST_CASE_TEMPLATE("more threads than connections take turns", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client =
      cluster->client({.total_timeout = 60s, .read_timeout = 60s, .connections_per_node = 1});
  std::atomic<int> failed{0};
  in_threads([&](int t) {
    for (int i = 0; i < 20; ++i) {
      const std::string name = std::to_string(t) + ":" + std::to_string(i);
      if (!client.mset({{"a" + name, "1"}, {"b" + name, "2"}, {"c" + name, "3"}})) ++failed;
    }
  });
  CHECK(failed == 0);
}

void check_connections_of_threads(std::size_t shared) {
  const auto cluster = TestCluster<CachekitNodes>::start(2);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60s,
                                   .read_timeout = 60s,
                                   .connections_per_node = 1,
                                   .shared_connections = shared});
  in_threads([&](int t) {
    for (int i = 0; i < 50; ++i) (void)client.incr(std::to_string(t * 50 + i));
  });
  for (const Shard& shard : client.topology().shards) {
    const auto list = client.command_on(shard.primary, {"CLIENT", "LIST"});
    REQUIRE(list.has_value());
    const std::string text = list->text();
    std::size_t connections = 0;
    for (auto at = text.find("laddr="); at != std::string::npos; at = text.find("laddr=", at + 1)) {
      ++connections;
    }
    CHECK(connections == shared + 1);  // CLIENT LIST came by one of its own
  }
}

TEST_CASE("threads share a connection to each node, or as many as they may") {
  SUBCASE("one") { check_connections_of_threads(1); }
  SUBCASE("three") { check_connections_of_threads(3); }
}

TEST_CASE("an answer that comes too late is dropped, and the connection lives on") {
  std::mutex mutex;
  std::set<std::thread::id> connections;
  const FakeServer server([&](const FakeServer::Words& words) {
    {
      const std::lock_guard lock(mutex);
      connections.insert(std::this_thread::get_id());
    }
    if (words[1] == "slow") std::this_thread::sleep_for(300ms);
    return FakeServer::Reply{.bytes = "+" + words[1] + "\r\n"};
  });
  auto client =
      Client::connect("cachekit://" + server.address(), {.read_timeout = 200ms, .max_attempts = 1});
  REQUIRE(client.has_value());
  CHECK(!client->type("slow").has_value());
  for (int i = 0; i < 20; ++i) {
    const std::string key = "quick" + std::to_string(i);
    const auto answer = client->type(key);
    REQUIRE(answer.has_value());
    CHECK(*answer == key);
  }
  CHECK(connections.size() == 1);
}
