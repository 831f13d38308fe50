// Loaders of many threads and clients, over cachekit nodes and redis-server.

#include <cachekit/loader.h>
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "client/loading/entry.h"
#include "tests/integration/becomes_true.h"
#include "tests/integration/client_cluster.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

/// A source whose answer can be changed, and that counts how often it was asked.
struct Source {
  std::atomic<int> loads = 0;
  std::atomic<int> version = 1;

  Loader::Load load() {
    return [this](std::string_view) -> Result<OptionalString> {
      ++loads;
      return std::to_string(version);
    };
  }
};

Result<OptionalString> fails(std::string_view) {
  return tl::unexpected(Status(Code::source_failed, "the database is away"));
}

Result<OptionalString> must_not_load(std::string_view) {
  FAIL_CHECK("it was loaded");
  return OptionalString();
}

Loaded get(Loader& loader, const std::string& key, const Loader::Load& load) {
  const auto loaded = loader.get_or_load(key, load);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text());
  return *loaded;
}

/// Calls it from so many threads at the same time.
void at_once(int threads, const std::function<void(int)>& call) {
  std::latch begin(threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      begin.arrive_and_wait();
      call(i);
    });
  }
  for (std::thread& thread : running) thread.join();
}

}  // namespace

TEST_CASE_TEMPLATE("a value is loaded once, and then comes from the cache", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client);
  Source source;
  const Loaded first = get(loader, "page", source.load());
  CHECK(first.value == "1");
  CHECK(first.source == LoadSource::loaded);
  CHECK(first.problem.ok());
  const Loaded second = get(loader, "page", must_not_load);
  CHECK(second.value == "1");
  CHECK(second.source == LoadSource::cache);
  CHECK(source.loads == 1);
  CHECK(loader.statistics().hits == 1);
  CHECK(loader.statistics().loads == 1);
}

TEST_CASE_TEMPLATE("by a lease many threads of several clients load a value once", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(cluster->client());
  std::vector<Loader> loaders;
  for (Client& client : clients) loaders.emplace_back(client);
  Source source;
  const auto slow = [&](std::string_view key) {
    std::this_thread::sleep_for(50ms);  // so that the others come meanwhile
    return source.load()(key);
  };
  std::atomic<int> right = 0;
  at_once(32, [&](int i) {
    const auto loaded = loaders[static_cast<std::size_t>(i) % 4].get_or_load("page", slow);
    if (loaded && loaded->value == "1" && loaded->problem.ok()) ++right;
  });
  CHECK(right == 32);
  CHECK(source.loads == 1);
}

TEST_CASE_TEMPLATE("without a lease each client loads once", Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client, {.lease = 0ms});
  Source source;
  std::atomic<bool> may_end = false;
  std::atomic<int> asking = 0;
  const auto slow = [&](std::string_view key) {
    becomes_true([&] { return may_end.load(); });
    return source.load()(key);
  };
  std::atomic<int> right = 0;
  std::thread release([&] {
    becomes_true([&] { return asking == 16; });
    may_end = true;
  });
  at_once(16, [&](int) {
    ++asking;
    const auto loaded = loader.get_or_load("page", slow);
    if (loaded && loaded->value == "1") ++right;
  });
  release.join();
  CHECK(right == 16);
  CHECK(source.loads == 1);
}

TEST_CASE_TEMPLATE("what was changed while it was loaded is not kept", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Client writer = cluster->client();
  Loader loader(client);
  Source source;
  const auto overtaken = [&](std::string_view key) {
    Result<OptionalString> old = source.load()(key);
    ++source.version;
    CHECK(writer.del("page").has_value());
    return old;
  };
  CHECK(get(loader, "page", overtaken).value == "1");
  CHECK(loader.statistics().not_kept == 1);
  CHECK(get(loader, "page", source.load()).value == "2");

  ++source.version;
  CHECK(*loader.invalidate("page"));
  CHECK(get(loader, "page", source.load()).value == "3");
}

TEST_CASE_TEMPLATE("that the source has nothing is remembered, and served as nothing", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client, {.absent_ttl = 60s});
  const auto nothing = [](std::string_view) { return Result<OptionalString>(OptionalString()); };
  CHECK(get(loader, "page", nothing).source == LoadSource::loaded);
  const Loaded again = get(loader, "page", must_not_load);
  CHECK_FALSE(again.value.has_value());
  CHECK(again.source == LoadSource::cache);
}

TEST_CASE_TEMPLATE("a value whose time is over stands in for a source that fails", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client, {.ttl = 1ms, .stale_if_error = 60s});
  Source source;
  CHECK(get(loader, "page", source.load()).value == "1");
  Loaded stale;
  CHECK(becomes_true([&] {
    stale = get(loader, "page", fails);
    return stale.source == LoadSource::stale;
  }));
  CHECK(stale.value == "1");
  CHECK(stale.problem.code() == Code::source_failed);

  Loader strict(client, {.ttl = 1ms});
  CHECK(code_of(strict.get_or_load("other", fails)) == Code::source_failed);
}

TEST_CASE_TEMPLATE("what a load throws becomes a failure of all who wait for it", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client);
  std::atomic<int> failed = 0;
  at_once(8, [&](int) {
    const auto loaded = loader.get_or_load(
        "page", [](std::string_view) -> Result<OptionalString> { throw std::runtime_error("no"); });
    if (code_of(loaded) == Code::source_failed) ++failed;
  });
  CHECK(failed == 8);
  Source source;
  CHECK(get(loader, "page", source.load()).value == "1");
}

TEST_CASE_TEMPLATE("while the cache is away values are loaded without it", Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 300ms, .max_attempts = 2});
  Loader loader(client);
  Source source;
  cluster->kill_server(0);
  const Loaded loaded = get(loader, "page", source.load());
  CHECK(loaded.value == "1");
  CHECK(loaded.source == LoadSource::loaded_without_cache);
  CHECK_FALSE(loaded.problem.ok());
  CHECK(loader.statistics().without_cache == 1);
}

TEST_CASE_TEMPLATE("a value of others is served as it is, one of another type is no value", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client);
  REQUIRE(client.set("raw", "theirs").has_value());
  CHECK(get(loader, "raw", must_not_load).value == "theirs");
  REQUIRE(client.rpush("list", {"a"}).has_value());
  CHECK(code_of(loader.get_or_load("list", must_not_load)) == Code::wrong_type);
}

TEST_CASE_TEMPLATE("values are loaded anew in the background, and the loader ends with that",
                   Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Source source;
  {
    Loader loader(
        client,
        {.ttl = 60s, .early_refresh_beta = 0, .refresh_threads = 2, .refresh_ahead = 0.00001});
    CHECK(get(loader, "page", source.load()).value == "1");
    ++source.version;
    CHECK(becomes_true([&] { return get(loader, "page", source.load()).value == "2"; }));
    CHECK(loader.statistics().refreshes > 0);
  }
  const int loads = source.loads;
  CHECK(loads >= 2);
}

TEST_CASE("options that make no sense are refused by each call") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client, {.ttl = 0ms});
  CHECK(code_of(loader.get_or_load("page", must_not_load)) == Code::invalid_argument);
  Loader good(client);
  CHECK(code_of(good.get_or_load("page", Loader::Load())) == Code::invalid_argument);
}

TEST_CASE_TEMPLATE("a value that is written through is in the source and in the cache", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Client other = cluster->client();
  Loader loader(client);
  Loader reader(other);
  Source source;
  CHECK(get(loader, "page", source.load()).value == "1");
  std::thread waiting;
  const auto store = [&](std::string_view key, const OptionalString& value) -> Result<void> {
    CHECK(key == "page");
    CHECK(loading::read_entry(**client.get("page")).kind == loading::Kind::lease);
    // Asks while the source is being written, and gets what is written.
    waiting = std::thread([&] { CHECK(get(reader, "page", must_not_load).value == "2"); });
    std::this_thread::sleep_for(30ms);
    source.version = std::stoi(*value);
    return {};
  };
  const auto written = loader.write_through("page", "2", store);
  waiting.join();
  REQUIRE_MESSAGE(written.has_value(), written.error().text());
  CHECK(written->is_kept);
  CHECK(written->problem.ok());
  CHECK(get(loader, "page", must_not_load).value == "2");
  CHECK(loader.statistics().writes == 1);
}

TEST_CASE_TEMPLATE("writers of many clients leave what the source has, or nothing", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(cluster->client());
  std::vector<Loader> loaders;
  for (Client& client : clients) loaders.emplace_back(client);
  for (int round = 0; round < 30; ++round) {
    Source source;
    at_once(8, [&](int i) {
      Loader& loader = loaders[static_cast<std::size_t>(i) % 4];
      if (i % 2 == 1) {
        (void)loader.get_or_load("page", source.load());
        return;
      }
      const auto written = loader.write_through("page", std::to_string(i + 10),
                                                [&](std::string_view, const OptionalString& value) {
                                                  source.version = std::stoi(*value);
                                                  return Result<void>();
                                                });
      REQUIRE(written);
      CHECK(written->problem.ok());
    });
    const auto seen = loaders[0].get_or_load("page", source.load());
    REQUIRE(seen);
    CHECK(seen->value == std::to_string(source.version));
  }
}

TEST_CASE_TEMPLATE("a write that the source refuses leaves nothing behind", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Loader loader(client);
  Source source;
  (void)get(loader, "page", source.load());
  const auto written = loader.write_through(
      "page", "2", [](std::string_view, const OptionalString&) -> Result<void> {
        throw std::runtime_error("a constraint");
      });
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == Code::source_failed);
  CHECK(*client.get("page") == std::nullopt);
  CHECK(loader.statistics().failed_writes == 1);
}
