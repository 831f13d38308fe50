// Locks of many threads, over cachekit nodes and redis-server.

#include <cachekit/local_cluster.h>
#include <cachekit/lock.h>
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/becomes_true.h"
#include "tests/integration/client_cluster.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

HeldLock acquired(const Lock& lock, std::chrono::milliseconds wait = 0ms) {
  auto held = lock.acquire(wait);
  REQUIRE_MESSAGE(held.has_value(), held.error().text());
  REQUIRE(held->has_value());
  return **std::move(held);
}

bool is_free(const Lock& lock) {
  const auto held = lock.try_acquire();
  REQUIRE_MESSAGE(held.has_value(), held.error().text());
  return held->has_value();
}

/// A resource that knows fences, as Kleppmann's storage does.
class Ledger {
 public:
  void write(const Fence& fence) {
    if (writing_.exchange(true)) ++overlaps_;
    if (fence <= last_) ++late_;
    last_ = fence;
    ++writes_;  // which would be lost, were there two at a time
    std::this_thread::sleep_for(200us);
    writing_ = false;
  }

  int writes() const { return writes_; }
  int late() const { return late_; }
  int overlaps() const { return overlaps_; }

 private:
  std::atomic<bool> writing_ = false;
  std::atomic<int> overlaps_ = 0;
  Fence last_;  // the lock is what keeps these from being written at the same time
  int writes_ = 0;
  int late_ = 0;
};

}  // namespace

TEST_CASE_TEMPLATE("a lock is held by one of 16 threads, and fences grow", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Client other = cluster->client();
  std::mutex mutex;
  Ledger ledger;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&, thread] {
      const Lock lock(thread % 2 == 0 ? client : other, "k", {.advisory = true});
      for (int i = 0; i < 5; ++i) {
        auto held = lock.acquire(30s);
        CHECK((held && *held));
        if (!held || !*held) return;
        {
          // Threads' memory only; taken by nobody else as long as the lock is what it says.
          const std::unique_lock alone(mutex, std::try_to_lock);
          CHECK(alone.owns_lock());
          if (alone.owns_lock()) ledger.write((*held)->fence());
        }
        CHECK((*held)->is_valid());
        CHECK(*(*held)->release());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(ledger.writes() == 16 * 5);
  CHECK(ledger.late() == 0);
  CHECK(ledger.overlaps() == 0);
  CHECK(*client.exists("{lock:k}") == 0);
  CHECK(*client.pttl("{lock:k}:fence") > 0);
}

TEST_CASE_TEMPLATE("a lock that has expired is another's, and stays so", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const Lock brief(client, "k", {.ttl = 100ms, .advisory = true});
  const Lock lock(client, "k", {.advisory = true});
  HeldLock first = acquired(brief);
  CHECK(first.remaining() <= 97ms);
  const bool was_free = is_free(lock);
  CHECK((!was_free || !first.is_valid()));
  HeldLock second = acquired(lock, std::chrono::milliseconds::max());
  CHECK(second.fence() > first.fence());
  CHECK(!first.is_valid());
  CHECK(!*first.extend());
  CHECK(!*first.release());
  CHECK(!is_free(lock));
  CHECK(second.remaining() > 9s);

  // Whoever extends in time keeps it.
  CHECK(*second.extend(20s));
  CHECK(second.remaining() > 10s);
  CHECK(*client.pttl("{lock:k}") > 10'000);
  CHECK(code_of(second.extend(9ms)) == Code::invalid_argument);
  // One that is moved is given back once; one that is assigned to, at once.
  HeldLock moved = std::move(second);
  CHECK(moved.is_valid());
  CHECK(!is_free(lock));
  const Lock elsewhere(client, "elsewhere", {.advisory = true});
  moved = acquired(elsewhere);
  CHECK(is_free(lock));
  CHECK(!is_free(elsewhere));
  CHECK(*moved.release());
  CHECK(!*moved.release());
  CHECK(!*moved.extend());
  CHECK(!moved.is_valid());
  CHECK(is_free(elsewhere));

  // A counter that is lost does not begin again.
  HeldLock before = acquired(lock);
  REQUIRE(*client.del("{lock:k}:fence") == 1);
  REQUIRE(*before.release());
  CHECK(acquired(lock).fence() > before.fence());
}

TEST_CASE_TEMPLATE("a lock that no replica has is not acquired", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.write_replicas_timeout = 5ms});
  const auto held = Lock(client, "k").acquire(1s);
  CHECK(code_of(held) == Code::concern_not_met);
  CHECK(*client.exists("{lock:k}") == 0);
  if (std::is_same_v<Servers, RedisServers>) return;  // whose WAIT takes 100 ms
  const Lock advisory(client, "k", {.advisory = true});
  HeldLock other = acquired(advisory);
  CHECK(code_of(Lock(client, "k").try_acquire()) == Code::concern_not_met);
  CHECK(*other.release());
}

TEST_CASE("a lock over a node that hangs, and then is gone") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60ms, .read_timeout = 30ms});
  const Lock lock(client, "k", {.ttl = 5s, .advisory = true});
  HeldLock held = acquired(lock);
  ::kill(cluster->server(0).pid(), SIGSTOP);
  const auto other = Lock(client, "other", {.ttl = 5s, .advisory = true}).try_acquire();
  CHECK(code_of(other) == Code::outcome_unknown);
  CHECK(other.error().message().find("not given back, so it may stay for 5000 ms") !=
        std::string::npos);
  // An extension that may have been executed makes it no longer, but maybe shorter.
  CHECK(code_of(held.extend(1s)) != Code::ok);
  CHECK(held.remaining() <= 1s);
  ::kill(cluster->server(0).pid(), SIGCONT);
  cluster->kill_server(0);
  CHECK(code_of(held.release()) != Code::ok);
  CHECK(!held.is_valid());
  CHECK(code_of(lock.acquire(1s)) != Code::ok);
}

TEST_CASE("locks that make no sense are refused") {
  auto client = Client::connect("cachekit://127.0.0.1:1");
  REQUIRE(client.has_value());
  const auto refuses = [&](LockOptions options) {
    return code_of(Lock(*client, "k", options).try_acquire()) == Code::invalid_argument;
  };
  CHECK(refuses({.write_replicas = 0}));
  CHECK(refuses({.write_replicas = -1}));
  CHECK(refuses({.ttl = 9ms}));
  CHECK(refuses({.ttl = 24h * 366, .advisory = true}));
}

TEST_CASE("a lock and its fence outlive the primary") {
  if (!CachekitNodes::available()) return;
  auto cluster = LocalCluster::start({.shards = 1, .replicas = 1});
  REQUIRE_MESSAGE(cluster.has_value(), cluster.error().message());
  auto client = Client::connect(cluster->url(), {.total_timeout = 5s});
  REQUIRE(client.has_value());
  const Lock lock(*client, "k");
  std::optional<HeldLock> held;
  REQUIRE(becomes_true([&] {
    auto tried = lock.try_acquire();
    if (tried) held = *std::move(tried);
    return held.has_value();
  }));
  const Fence before = held->fence();
  CHECK(before.epoch == client->topology().shards[0].epoch);
  const std::string primary = client->topology().shards[0].primary;
  const auto nodes = cluster->nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].address == primary) REQUIRE(cluster->kill_node(i).ok());
  }
  REQUIRE(becomes_true([&] { return client->topology().shards[0].primary != primary; }));
  const Lock advisory(*client, "k", {.advisory = true});
  CHECK(!is_free(advisory));
  CHECK(*held->release());
  HeldLock next = acquired(advisory);
  CHECK(next.fence() > before);
  CHECK(next.fence().epoch > before.epoch);
  CHECK(*next.release());
  // It is the node that tells its epoch: this client's topology never changes.
  auto late = Client::connect("cachekit://" + client->topology().shards[0].primary);
  REQUIRE(late.has_value());
  CHECK(late->topology().shards[0].epoch == 1);
  CHECK(acquired(Lock(*late, "k", {.advisory = true})).fence().epoch == next.fence().epoch);
}
