// Rate limiters of many threads, over cachekit nodes and redis-server.

#include <cachekit/rate_limiter.h>
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/integration/client_cluster.h"
#include "tests/support/sanitizers.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

constexpr auto algorithms = {RateAlgorithm::fixed_window, RateAlgorithm::sliding_window,
                             RateAlgorithm::token_bucket};

RateDecision ask(const RateLimiter& limiter, const std::string& key, std::int64_t permits = 1) {
  const auto decision = limiter.acquire(key, permits);
  REQUIRE_MESSAGE(decision.has_value(), decision.error().text());
  return *decision;
}

// A call gives up if others were faster for two seconds; with sanitizers 64 take nearly as long.
constexpr int callers = sanitized ? 16 : 64;
constexpr int rounds_of_each = 64 / callers;

/// What many threads are allowed that call 64 times `calls` together, half of them through either
/// limiter.
std::int64_t allowed_to_threads(const RateLimiter& first, const RateLimiter& second,
                                std::int64_t permits, int calls) {
  std::atomic<std::int64_t> allowed = 0;
  std::atomic<int> undecided = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < callers; ++thread) {
    threads.emplace_back([&, thread] {
      const RateLimiter& limiter = thread % 2 == 0 ? first : second;
      for (int i = 0; i < calls * rounds_of_each; ++i) {
        const auto decision = limiter.acquire("user", permits);
        if (!decision || decision->is_degraded()) {
          ++undecided;
        } else if (decision->allowed) {
          allowed += permits;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(undecided == 0);
  return allowed;
}

std::vector<std::string> all_keys(Client& client) {
  std::vector<std::string> keys;
  KeyScan scan = client.scan();
  while (!scan.done()) {
    const auto page = scan.next();
    REQUIRE(page.has_value());
    keys.insert(keys.end(), page->begin(), page->end());
  }
  return keys;
}

/// Answers with how many keys there are.
std::size_t check_that_keys_expire(Client& client, std::chrono::milliseconds longest) {
  const auto keys = all_keys(client);
  for (const std::string& key : keys) {
    const std::int64_t ttl = *client.pttl(key);
    CAPTURE(key);
    CHECK((ttl == ttl_no_key || (ttl >= 0 && ttl <= longest.count())));
  }
  return keys.size();
}

}  // namespace

TEST_CASE_TEMPLATE("many threads of two clients use the whole limit and no more", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Client other = cluster->client({.near_cache = {.bytes = 1 << 20}});
  for (const RateAlgorithm algorithm : algorithms) {
    CAPTURE(static_cast<int>(algorithm));
    // So long that a bucket gets no token back, and a window hardly ever ends, meanwhile.
    const RateLimit limit{.permits = 100, .window = 24h * 300, .algorithm = algorithm};
    const RateLimiter first(client, limit);
    const RateLimiter second(other, limit);
    const int calls = algorithm == RateAlgorithm::fixed_window ? 8 : 3;
    CHECK(allowed_to_threads(first, second, 1, calls) == 100);
    const RateDecision refused = ask(first, "user");
    CHECK(!refused.allowed);
    CHECK(refused.remaining == 0);
    CHECK(refused.retry_after > 1h);
    CHECK(refused.reset_after >= refused.retry_after);
    CHECK(*second.reset("user"));
    CHECK(!*second.reset("user"));
    CHECK(allowed_to_threads(first, second, 7, 1) == 98);
    // In a fixed window those that raced for the last permits may have counted.
    if (algorithm != RateAlgorithm::fixed_window) CHECK(ask(first, "user", 2).allowed);
  }
  CHECK(check_that_keys_expire(client, 24h * 600) >= 3);
}

TEST_CASE_TEMPLATE("a rate limiter's decision tells what is left, and when there is more", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  for (const RateAlgorithm algorithm : algorithms) {
    CAPTURE(static_cast<int>(algorithm));
    const RateLimiter limiter(client, {.permits = 5, .window = 24h, .algorithm = algorithm});
    CHECK(ask(limiter, "{tag}:a").remaining == 4);
    const RateDecision some = ask(limiter, "{tag}:a", 2);
    CHECK(some.allowed);
    CHECK(some.remaining == 2);
    CHECK(some.retry_after == 0ms);
    CHECK(some.reset_after > 1h);
    const RateDecision too_many = ask(limiter, "{tag}:a", 3);
    CHECK(!too_many.allowed);
    CHECK(too_many.remaining == 2);
    CHECK(too_many.retry_after > 1min);
    // What did not fit has not been counted.
    CHECK(ask(limiter, "{tag}:a", 2).allowed);
    CHECK(!ask(limiter, "{tag}:a").allowed);
    CHECK(ask(limiter, "{tag}:b}").allowed);
    CHECK(ask(limiter, "").allowed);
  }
  // Time gives permits back.
  for (const RateAlgorithm algorithm : algorithms) {
    const RateLimiter brief(client, {.permits = 2, .window = 40ms, .algorithm = algorithm});
    while (ask(brief, "brief").allowed) continue;
    const RateDecision refused = ask(brief, "brief");
    std::this_thread::sleep_for(refused.retry_after + 2ms);
    CHECK((refused.allowed || ask(brief, "brief").allowed));
  }
  // One permit is no other's, whatever the window.
  const RateLimiter hourly(client, {.permits = 1, .window = 1h});
  const RateLimiter daily(client, {.permits = 1, .window = 24h});
  CHECK(ask(hourly, "c").allowed);
  CHECK(ask(daily, "c").allowed);
  CHECK(!ask(hourly, "c").allowed);
}

TEST_CASE_TEMPLATE("what lies in a rate limiter's key is told", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  for (const RateAlgorithm algorithm : algorithms) {
    const RateLimiter limiter(client, {.permits = 9, .window = 24h * 300, .algorithm = algorithm});
    REQUIRE(ask(limiter, "k").allowed);
    const auto keys = all_keys(client);
    REQUIRE(keys.size() == 1);
    const std::string& key = keys.front();
    for (const char* text : {"text", "9223372036854775807"}) {
      REQUIRE(client.set(key, text, 1h).has_value());
      const auto decision = limiter.acquire("k");
      const bool is_full = algorithm != RateAlgorithm::fixed_window && text[0] == '9';
      CHECK(code_of(decision) == (is_full ? Code::ok : Code::server_error));
      if (decision) CHECK(!decision->allowed);
    }
    REQUIRE(client.del(key).has_value());
    const std::string_view values[] = {"v"};
    REQUIRE(client.rpush(key, values).has_value());
    CHECK(code_of(limiter.acquire("k")) == Code::wrong_type);
    REQUIRE(client.del(key).has_value());
  }
}

TEST_CASE_TEMPLATE("while connections break, no permit is given twice and every counter expires",
                   Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.connections_per_node = 2});
  Client killer = cluster->client();
  for (const RateAlgorithm algorithm : algorithms) {
    CAPTURE(static_cast<int>(algorithm));
    const RateLimiter limiter(client, {.permits = 200,
                                       .window = 24h * 300,
                                       .algorithm = algorithm,
                                       .when_unavailable = WhenUnavailable::refuse});
    std::atomic<int> allowed = 0;
    std::atomic<int> undecided = 0;
    std::atomic<int> running = 8;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 40; ++i) {
          const auto decision = limiter.acquire("user");
          if (!decision || decision->is_degraded()) ++undecided;
          if (decision && decision->allowed) ++allowed;
        }
        --running;
      });
    }
    while (running > 0) {
      (void)killer.command_on(cluster->address(0), {"CLIENT", "KILL", "TYPE", "normal"});
      std::this_thread::sleep_for(1ms);
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(allowed <= 200);
    CHECK(allowed + undecided >= 200);
    for (const std::string& key : all_keys(killer)) CHECK(*killer.pttl(key) > 0);
    REQUIRE(*limiter.reset("user"));
  }
}

TEST_CASE("a rate limiter over a node that is gone, or hangs, decides as it was told") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60ms, .read_timeout = 30ms});
  const auto decide = [&](RateAlgorithm algorithm, WhenUnavailable when) {
    const RateLimit limit{
        .permits = 5, .window = 1h, .algorithm = algorithm, .when_unavailable = when};
    const RateDecision decision = ask(RateLimiter(client, limit), "k");
    CHECK(decision.is_degraded());
    CHECK(decision.allowed == (when == WhenUnavailable::allow));
    CHECK(decision.remaining == 0);
    return decision.undecided.code();
  };
  REQUIRE(client.set("k", "v").has_value());  // a connection is open
  ::kill(cluster->server(0).pid(), SIGSTOP);
  // It may have been counted, and is not sent again.
  CHECK(decide(RateAlgorithm::fixed_window, WhenUnavailable::allow) == Code::outcome_unknown);
  CHECK(decide(RateAlgorithm::fixed_window, WhenUnavailable::refuse) == Code::outcome_unknown);
  ::kill(cluster->server(0).pid(), SIGCONT);
  cluster->kill_server(0);
  for (const RateAlgorithm algorithm : algorithms) {
    CHECK(decide(algorithm, WhenUnavailable::allow) != Code::ok);
    CHECK(decide(algorithm, WhenUnavailable::refuse) != Code::ok);
  }
}

TEST_CASE("a rate limiter whose write concern is not met is undecided") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.write_replicas = 1, .write_replicas_timeout = 1ms});
  const RateLimiter limiter(
      client, {.permits = 5, .window = 1h, .when_unavailable = WhenUnavailable::refuse});
  CHECK(ask(limiter, "k").undecided.code() == Code::concern_not_met);
}

TEST_CASE("limits that make no sense are refused, and none allows nothing") {
  auto client = Client::connect("cachekit://127.0.0.1:1");
  REQUIRE(client.has_value());
  const auto refuses = [&](RateLimit limit, std::int64_t permits = 1) {
    const RateLimiter limiter(*client, limit);
    return code_of(limiter.acquire("k", permits)) == Code::invalid_argument;
  };
  CHECK(refuses({.permits = -1, .window = 1s}));
  CHECK(refuses({.permits = max_permits + 1, .window = 1s}));
  CHECK(refuses({.permits = 1, .window = 0ms}));
  CHECK(refuses({.permits = 1, .window = 24h * 366}));
  CHECK(refuses({.permits = 1001, .window = 1ms, .algorithm = RateAlgorithm::token_bucket}));
  CHECK(refuses({.permits = 5, .window = 1s}, 0));
  CHECK(refuses({.permits = 5, .window = 1s}, -1));
  CHECK(refuses({.permits = 5, .window = 1s}, 6));
  CHECK(code_of(RateLimiter(*client, {.permits = 1}).reset("k")) == Code::invalid_argument);
  const RateDecision nothing = ask(RateLimiter(*client, {.permits = 0, .window = 1s}), "k", 6);
  CHECK(!nothing.allowed);
  CHECK(!nothing.is_degraded());
  CHECK(nothing.retry_after == 1s);
}
