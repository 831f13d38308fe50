// Callbacks and coroutines: order, cancellation, back-pressure, forks.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <random>
#include <semaphore>
#include <stop_token>
#include <thread>

#include "tests/integration/async_calls.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/fake_server.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = sanitized ? 10 : 30;

Detached reads_what_it_wrote(AsyncCommands async, int number, std::atomic<int>& wrong,
                             std::latch& done) {
  for (int i = 0; i < rounds; ++i) {
    const std::string name = std::to_string(number) + ":" + std::to_string(i);
    const auto set = co_await async.set("a" + name, name);
    const auto value = co_await async.get("a" + name);
    const std::string a = "a" + name;
    const std::string b = "b" + name;
    const std::array<std::string_view, 2> keys{a, b};
    const auto both = co_await async.mget(keys);
    const auto count = co_await async.incr("count");
    if (!set || !value || **value != name || !both || *(*both)[0] != name || (*both)[1] || !count) {
      ++wrong;
    }
  }
  done.count_down();
}

}  // namespace

TEST_CASE_TEMPLATE("500 coroutines read what they wrote", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    Client client =
        cluster->client({.total_timeout = 60s, .read_timeout = 60s, .io_threads = threads});
    client.del("count").value();
    std::atomic<int> wrong{0};
    std::latch done(500);
    std::vector<std::thread> starters;
    for (int part = 0; part < 2; ++part) {
      starters.emplace_back([&, part] {
        for (int i = 0; i < 250; ++i) {
          reads_what_it_wrote(client.async(), part * 250 + i, wrong, done);
        }
      });
    }
    for (std::thread& starter : starters) starter.join();
    done.wait();
    CHECK(wrong == 0);
    CHECK(**client.get("count") == std::to_string(500 * rounds));
  }
}

TEST_CASE_TEMPLATE("every kind of operation, by callback", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  AsyncCommands async = client.async();
  const std::string first = key_on(client, 0, "k");
  const std::string second = key_on(client, 1, "k");

  CHECK(wait_for(async.mset({{first, "1"}, {second, "2"}})).has_value());
  CHECK(*wait_for(async.mget({second, first, "none"})) ==
        std::vector<std::optional<std::string>>{"2", "1", std::nullopt});
  CHECK(*wait_for(async.del({first, second, "none"})) == 2);
  CHECK(code_of(wait_for(async.rename(first, second))) == Code::invalid_argument);
  CHECK(code_of(wait_for(async.set("k", "v", 0ms))) == Code::invalid_argument);
  CHECK(code_of(wait_for(async.command({"PING"}))) == Code::invalid_argument);
  CHECK(*wait_for(async.set("text", "abc")));
  CHECK(code_of(wait_for(async.incr("text"))) == Code::server_error);

  // Alone on a connection, for its size.
  const std::string large(3 << 20, 'x');
  CHECK(*wait_for(async.set("large", large)));
  CHECK(*wait_for(async.get("large")) == large);
}

TEST_CASE("operations that one thread starts keep their order") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.io_threads = 2});
  std::latch done(1000);
  std::vector<std::int64_t> lengths;
  for (int i = 0; i < 1000; ++i) {
    client.async().append("k", "x").start([&](Result<std::int64_t> length) {
      lengths.push_back(length.value_or(-1));
      done.count_down();
    });
  }
  done.wait();
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    REQUIRE(lengths[i] == static_cast<std::int64_t>(i) + 1);
  }
}

TEST_CASE("cancelled calls end at once: reads are cancelled, changes that were sent are unknown") {
  const FakeServer silent(silence);
  Client client = connected(silent.address(), {.total_timeout = 20s, .read_timeout = 20s});
  AsyncCommands async = client.async();
  std::stop_source stop;
  std::latch ended(3);
  std::array<Code, 3> codes{};
  const auto tell = [&](std::size_t i) {
    return [&, i](auto result) {
      codes[i] = code_of(result);
      ended.count_down();
    };
  };
  async.get("k").stop_with(stop.get_token()).start(tell(0));
  async.incr("k").stop_with(stop.get_token()).start(tell(1));
  async.set("k", std::string(100000, 'x')).stop_with(stop.get_token()).start(tell(2));
  REQUIRE(silent.comes_to_handle(3));
  stop.request_stop();
  ended.wait();
  CHECK(codes == std::array{Code::cancelled, Code::outcome_unknown, Code::outcome_unknown});
  CHECK(code_of(wait_for(async.get("k").stop_with(stop.get_token()))) == Code::cancelled);
}

TEST_CASE("stops race with answers") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  std::mt19937_64 random(seed());
  for (int round = 0; round < 50; ++round) {
    std::stop_source stop;
    std::latch ended(20);
    for (int i = 0; i < 20; ++i) {
      client.async().incr("k").stop_with(stop.get_token()).start([&](auto) { ended.count_down(); });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 100));
    stop.request_stop();
    ended.wait();
  }
  CHECK(wait_for(client.async().get("k")).has_value());
}

TEST_CASE("more operations than are allowed fail, or wait") {
  std::binary_semaphore gate(0);
  const FakeServer server([&](const FakeServer::Words&) {
    gate.acquire();
    gate.release();
    return FakeServer::Reply{.bytes = "$1\r\nv\r\n"};
  });
  ClientOptions options{.total_timeout = 20s, .read_timeout = 20s, .max_async_operations = 4};
  const int wanted = 12;
  std::atomic<int> good{0};
  std::atomic<int> overloaded{0};
  std::latch ended(wanted);
  const auto tell = [&](Result<std::optional<std::string>> value) {
    ++(value ? good : overloaded);
    CHECK((value || value.error().code() == Code::overloaded));
    ended.count_down();
  };
  SUBCASE("fail") {
    options.when_full = WhenFull::fail;
    Client client = connected(server.address(), options);
    for (int i = 0; i < wanted; ++i) client.async().get("k").start(tell);
    CHECK(overloaded == wanted - 4);
    gate.release();
    ended.wait();
    CHECK(good == 4);
  }
  SUBCASE("hold up the thread that starts them") {
    Client client = connected(server.address(), options);
    std::atomic<int> started{0};
    std::thread starter([&] {
      for (int i = 0; i < wanted; ++i) {
        client.async().get("k").start(tell);
        ++started;
      }
    });
    while (started < 4) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(20ms);
    CHECK(started == 4);
    gate.release();
    starter.join();
    ended.wait();
    CHECK(good == wanted);
  }
  SUBCASE("wait in their coroutines") {
    Client client = connected(server.address(), options);
    const auto ask = [&]() -> Detached { tell(co_await client.async().get("k")); };
    for (int i = 0; i < wanted; ++i) ask();
    gate.release();
    ended.wait();
    CHECK(good == wanted);
  }
  SUBCASE("wait no longer than their time") {
    options.total_timeout = 50ms;
    Client client = connected(server.address(), options);
    std::atomic<int> late{0};
    const auto ask = [&]() -> Detached {
      const auto value = co_await client.async().get("k");
      late += code_of(value) == Code::deadline_exceeded;
      ended.count_down();
    };
    for (int i = 0; i < wanted; ++i) ask();
    ended.wait();
    CHECK(late == wanted);
    gate.release();
  }
}

TEST_CASE("what is larger than all the bytes allowed goes alone") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.max_async_bytes = 1000});
  std::latch done(20);
  std::atomic<int> good{0};
  const auto write = [&](int i) -> Detached {
    const auto set = co_await client.async().set("k" + std::to_string(i), std::string(5000, 'x'));
    good += set.value_or(false);
    done.count_down();
  };
  for (int i = 0; i < 20; ++i) write(i);
  done.wait();
  CHECK(good == 20);
}

TEST_CASE("a forked child is told to connect again, and its parent goes on") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  auto client = std::make_unique<Client>(cluster->client());
  CHECK(*wait_for(client->async().set("k", "v")));
  CHECK(client->get("k").has_value());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Pipeline pipeline = client->pipeline();
    const auto piped = pipeline.get("k");
    int told = 0;
    client->async().get("k").start(
        [&](const auto& value) { told += code_of(value) == Code::invalid_argument; });
    const bool refused = code_of(client->get("k")) == Code::invalid_argument &&
                         pipeline.execute().code() == Code::invalid_argument && told == 1;
    client.reset();
    auto own = Client::connect(cluster->url());
    const bool works = own && own->get("k").value_or(std::nullopt) == "v";
    _exit(refused ? (works ? 0 : 2) : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(**wait_for(client->async().get("k")) == "v");
  CHECK(**client->get("k") == "v");
}
