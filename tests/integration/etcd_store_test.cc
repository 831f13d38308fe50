// The topology in real etcd members, which are killed, frozen, emptied, and given users.

#include "client/topology/etcd_store.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/etcd_cluster.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;
using io::Clock;
using topology::EtcdCaller;
using topology::EtcdStore;

/// What a busy machine may add to a bound.
constexpr auto slack = 2000ms;

/// One for all tests, each of which has a key of its own and leaves all members running.
EtcdCluster& three_members() {
  static EtcdCluster cluster(3);
  return cluster;
}

Topology sample(std::uint64_t version = 1) {
  return {.version = version, .shards = {{.name = "s1", .primary = "127.0.0.1:7001"}}};
}

std::unique_ptr<EtcdStore> store_at(const std::string& url) {
  const auto parsed = topology::parse_url(url);
  REQUIRE(parsed);
  return std::make_unique<EtcdStore>(parsed->etcd);
}

/// A store of three_members() in which something is.
std::unique_ptr<EtcdStore> store_with_sample(const std::string& name, std::size_t first = 0) {
  auto store = store_at(three_members().url(name, {}, first));
  REQUIRE(store->create(sample()) == true);
  return store;
}

template <class Call>
Clock::duration time_of(Call call) {
  const auto began = Clock::now();
  call();
  return Clock::now() - began;
}

/// As whoever watches does it: looks, then waits. How long it took until the version was there.
Clock::duration watch_until(EtcdStore& store, std::uint64_t version, Clock::duration interval) {
  return time_of([&] {
    const auto end = Clock::now() + 30s;
    while (Clock::now() < end) {
      if (const auto read = store.read(); read && read->version >= version) return;
      store.wait_for_change(Clock::now() + interval);
    }
    FAIL("version " << version << " has not been seen");
  });
}

/// Another program's swap.
void change(const std::string& name, std::size_t first = 0) {
  const auto store = store_at(three_members().url(name, {}, first));
  const auto present = store->read();
  REQUIRE_MESSAGE(present, present.error().message());
  REQUIRE(store->compare_and_swap(present->version, *present) == true);
}

/// The watch of the store is in place, and has told of a change.
void settle(EtcdStore& store, const std::string& name) {
  const std::uint64_t version = store.read()->version;
  store.wait_for_change(Clock::now() + 50ms);
  change(name);
  watch_until(store, version + 1, 20s);
}

/// Whether a wait lasts until its deadline, once what was on its way has come.
bool becomes_quiet(EtcdStore& store) {
  for (int waits = 0; waits < 10; ++waits) {
    if (time_of([&] { store.wait_for_change(Clock::now() + 50ms); }) >= 50ms) return true;
  }
  return false;
}

bool mentions(const Status& status, std::string_view part) {
  return status.message().find(part) != std::string::npos;
}

TEST_CASE("a topology is created once, read, and swapped by its version" *
          doctest::skip(!etcd_is_installed())) {
  const auto store = store_at(three_members().url("basic"));
  CHECK(store->read().error().code() == Code::topology_error);
  CHECK(mentions(store->read().error(), "no key cachekit/basic/topology"));
  CHECK(store->compare_and_swap(1, sample()).error().code() == Code::topology_error);
  CHECK(store->create(sample(7)) == true);
  CHECK(store->create(sample(8)) == false);
  CHECK(store->read() == sample(7));
  CHECK(store->compare_and_swap(6, sample()) == false);
  CHECK(store->compare_and_swap(7, sample()) == true);
  CHECK(store->read() == sample(8));
}

TEST_CASE("of those who swap at the same time no swap is lost" *
          doctest::skip(!etcd_is_installed())) {
  const auto first = store_with_sample("swaps");
  constexpr int swaps = 50;
  const auto swap = [](std::size_t member) {
    const auto store = store_at(three_members().url("swaps", {}, member));
    for (int done = 0; done < swaps;) {
      const auto present = store->read();
      if (!present) return present.error();
      const auto swapped = store->compare_and_swap(present->version, *present);
      if (!swapped) return swapped.error();
      if (*swapped) ++done;
    }
    return Status();
  };
  auto other = std::async(std::launch::async, swap, 1);
  CHECK(swap(0).text() == "ok");
  CHECK(other.get().text() == "ok");
  CHECK(first->read()->version == 1 + 2 * swaps);
}

TEST_CASE("a wait ends soon after a change, at its deadline, and when it is interrupted" *
          doctest::skip(!etcd_is_installed())) {
  const auto store = store_with_sample("watch");
  settle(*store, "watch");
  CHECK(becomes_quiet(*store));
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t version = store->read()->version;
    auto writer = std::async(std::launch::async, [] { change("watch", 1); });
    const auto waited = time_of([&] { store->wait_for_change(Clock::now() + 20s); });
    writer.get();
    CHECK(waited < slack);
    CHECK(store->read()->version == version + 1);
  }
  auto waiter = std::async(std::launch::async, [&] {
    return time_of([&] { store->wait_for_change(Clock::now() + 20s); });
  });
  store->interrupt();
  CHECK(waiter.get() < slack);
  CHECK(time_of([&] { store->wait_for_change(Clock::now() + 20s); }) < slack);
  CHECK(store->read());  // what answers at once is still asked
}

TEST_CASE("a change between a read and the first wait is not missed" *
          doctest::skip(!etcd_is_installed())) {
  const auto store = store_with_sample("between");
  REQUIRE(store->read());
  change("between");
  CHECK(time_of([&] { store->wait_for_change(Clock::now() + 20s); }) < slack);
}

TEST_CASE("a member that is killed is done without" * doctest::skip(!etcd_is_installed())) {
  EtcdCluster& etcd = three_members();
  const std::size_t victim = etcd.leader();
  const auto store = store_with_sample("killed", victim);
  settle(*store, "killed");
  etcd.kill(victim);
  etcd.await_leader();
  CHECK(time_of([&] { CHECK(store->read()); }) < EtcdCaller::attempt_timeout + slack);
  const std::uint64_t version = store->read()->version;
  change("killed", victim);
  CHECK(watch_until(*store, version + 1, 20s) < slack);
  // The stream is another member's now.
  auto writer = std::async(std::launch::async, [&] { change("killed", victim); });
  CHECK(watch_until(*store, version + 2, 20s) < slack);
  writer.get();
  etcd.start(victim);
  etcd.await_leader();
  writer = std::async(std::launch::async, [&] { change("killed", victim); });
  CHECK(watch_until(*store, version + 3, 20s) < slack);
  writer.get();
}

TEST_CASE("a member that hangs costs one bounded time, and its watch is given up" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster& etcd = three_members();
  const std::size_t victim = (etcd.leader() + 1) % etcd.size();
  const auto store = store_with_sample("frozen", victim);
  settle(*store, "frozen");
  etcd.freeze(victim);
  const auto first = time_of([&] { CHECK(store->read()); });
  CHECK(first >= EtcdCaller::attempt_timeout);
  CHECK(first < EtcdCaller::attempt_timeout + slack);
  CHECK(time_of([&] { CHECK(store->read()); }) < EtcdCaller::attempt_timeout);
  // Its stream tells of nothing, so the change is seen by looking; later ones by another stream.
  const std::uint64_t version = store->read()->version;
  change("frozen", victim);
  CHECK(watch_until(*store, version + 1, 200ms) < slack);
  for (int looks = 0; looks < 5; ++looks) {
    (void)store->read();
    store->wait_for_change(Clock::now() + 200ms);
  }
  auto writer = std::async(std::launch::async, [&] { change("frozen", victim); });
  CHECK(watch_until(*store, version + 2, 20s) < slack);
  writer.get();
  etcd.thaw(victim);
  etcd.await_leader();
}

TEST_CASE("what was compacted away while nobody watched is read" *
          doctest::skip(!etcd_is_installed())) {
  const auto store = store_with_sample("compacted");
  REQUIRE(store->read());
  change("compacted");
  change("compacted");
  const std::string revision =
      three_members().ctl("get cachekit/compacted/topology -w fields | grep '\"Revision\"'");
  three_members().ctl("compaction " + revision.substr(revision.find(':') + 1));
  CHECK(time_of([&] { store->wait_for_change(Clock::now() + 20s); }) < slack);
  CHECK(store->read()->version == 3);
  auto writer = std::async(std::launch::async, [] { change("compacted"); });
  CHECK(watch_until(*store, 4, 20s) < slack);
  writer.get();
}

TEST_CASE("what somebody else has put there is refused with a reason, and not overwritten" *
          doctest::skip(!etcd_is_installed())) {
  const auto store = store_with_sample("foreign");
  three_members().ctl("put cachekit/foreign/topology garbage");
  CHECK(store->read().error().code() == Code::topology_error);
  CHECK(mentions(store->read().error(), "cachekit/foreign/topology: the topology document"));
  CHECK(store->compare_and_swap(1, sample()).error().code() == Code::topology_error);
  CHECK(store->create(sample()) == false);
  three_members().ctl("del cachekit/foreign/topology");
  CHECK(store->create(sample()) == true);
}

TEST_CASE("without etcd calls fail within their bound, and what waits can be interrupted" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  const auto store = store_at(etcd.url("gone"));
  REQUIRE(store->create(sample()) == true);
  REQUIRE(store->read());
  etcd.kill(0);
  CHECK(time_of([&] { CHECK(store->read().error().code() == Code::unavailable); }) < slack);
  CHECK(mentions(store->read().error(), etcd.address(0) + " ("));
  CHECK(store->read().error().message() == store->read().error().message());
  CHECK(store->compare_and_swap(1, sample()).error().code() == Code::unavailable);
  const auto cpu_before = std::clock();
  CHECK(time_of([&] { store->wait_for_change(Clock::now() + 500ms); }) >= 500ms);
  CHECK(std::clock() - cpu_before < CLOCKS_PER_SEC / 5);

  etcd.start(0);
  etcd.await_leader();
  CHECK(store->read() == sample());
  auto writer = std::async(std::launch::async, [&] {
    return store_at(etcd.url("gone"))->compare_and_swap(1, sample());
  });
  CHECK(watch_until(*store, 2, 20s) < slack);
  CHECK(writer.get() == true);

  etcd.freeze(0);
  CHECK(time_of([&] { CHECK_FALSE(store->read()); }) < EtcdCaller::total_timeout + slack);
  auto waiter = std::async(std::launch::async, [&] { store->wait_for_change(Clock::now() + 20s); });
  auto reader = std::async(std::launch::async, [&] { return store->read(); });
  const auto stop = time_of([&] {
    store->interrupt();
    waiter.get();
    CHECK_FALSE(reader.get());
  });
  CHECK(stop < EtcdCaller::attempt_timeout + slack);
  etcd.thaw(0);
}

TEST_CASE("all members hang: the first call takes its whole time, the next ones less" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster& etcd = three_members();
  const auto store = store_with_sample("hanging");
  for (std::size_t i = 0; i < etcd.size(); ++i) etcd.freeze(i);
  const auto first = time_of([&] { CHECK(store->read().error().code() == Code::unavailable); });
  CHECK(first >= EtcdCaller::total_timeout);
  CHECK(first < EtcdCaller::total_timeout + slack);
  CHECK(time_of([&] { CHECK_FALSE(store->read()); }) < first - EtcdCaller::attempt_timeout);
  for (std::size_t i = 0; i < etcd.size(); ++i) etcd.thaw(i);
  etcd.await_leader();
  CHECK(watch_until(*store, 1, 100ms) < 5s);
}

TEST_CASE("another etcd in the place of the first is watched from where it stands" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  const auto store = store_at(etcd.url("fresh"));
  REQUIRE(store->create(sample()) == true);
  for (std::uint64_t version = 1; version < 10; ++version) {
    REQUIRE(store->compare_and_swap(version, sample()) == true);
  }
  REQUIRE(store->read());
  store->wait_for_change(Clock::now() + 50ms);
  etcd.kill(0);
  etcd.forget(0);
  etcd.start(0);
  etcd.await_leader();
  const auto other = store_at(etcd.url("fresh"));
  REQUIRE(other->create(sample()) == true);
  CHECK(watch_until(*store, 1, 20s) < slack);
  store->wait_for_change(Clock::now() + 100ms);
  auto writer =
      std::async(std::launch::async, [&] { return other->compare_and_swap(1, sample()); });
  CHECK(watch_until(*store, 2, 20s) < slack);
  CHECK(writer.get() == true);
}

TEST_CASE("etcd with users is given a name, a password, and a new token when it wants one" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  const auto early = store_at(etcd.url("auth", "cache:secret"));
  REQUIRE(early->create(sample()) == true);  // before there are users, credentials do no harm
  etcd.ctl("user add root:top");
  etcd.ctl("user grant-role root root");
  etcd.ctl("user add cache:secret");
  etcd.ctl("role add cache");
  etcd.ctl("role grant-permission cache readwrite cachekit/auth/ --prefix");
  etcd.ctl("user grant-role cache cache");
  etcd.ctl("auth enable");

  CHECK(early->read() == sample());
  const Status nobody = store_at(etcd.url("auth"))->read().error();
  CHECK(nobody.code() == Code::unauthenticated);
  const Status wrong = store_at(etcd.url("auth", "cache:hunter2"))->read().error();
  CHECK(wrong.code() == Code::unauthenticated);
  CHECK_FALSE(mentions(wrong, "hunter2"));
  CHECK(store_at(etcd.url("other", "cache:secret"))->read().error().code() ==
        Code::unauthenticated);

  const auto store = store_at(etcd.url("auth", "cache:secret"));
  CHECK(store->read() == sample());
  CHECK(store->compare_and_swap(1, sample()) == true);
  watch_until(*early, 2, 1s);
  early->wait_for_change(Clock::now() + 1s);
  auto writer =
      std::async(std::launch::async, [&] { return store->compare_and_swap(2, sample()); });
  CHECK(watch_until(*early, 3, 20s) < slack);
  CHECK(writer.get() == true);
  etcd.kill(0);  // which forgets its tokens
  etcd.start(0);
  const auto back = Clock::now() + 30s;
  while (!early->read() && Clock::now() < back) early->wait_for_change(Clock::now() + 50ms);
  CHECK(early->read()->version == 3);
  // What goes unanswered while it comes up may have been done: done again it is lost to itself.
  auto swapped = store->compare_and_swap(3, sample());
  while (!swapped && Clock::now() < back) swapped = store->compare_and_swap(3, sample());
  REQUIRE_MESSAGE(swapped, swapped.error().message());
  CHECK(watch_until(*early, 4, 1s) < slack);
}

}  // namespace
}  // namespace cachekit::test
