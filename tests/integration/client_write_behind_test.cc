// Changes that reach the source behind the cache, of many threads, over cachekit nodes and
// redis-server.

#include <cachekit/write_behind.h>
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/integration/becomes_true.h"
#include "tests/integration/client_cluster.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

/// A source that can be told to fail, and remembers all that it was given.
class Database {
 public:
  WriteBehind::Store store() {
    return [this](const std::vector<Change>& changes) { return save(changes); };
  }

  void fail(bool fails) { fails_ = fails; }
  int calls() const { return calls_; }
  std::map<std::string, OptionalString> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  bool went_back() const { return went_back_; }

 private:
  Result<void> save(const std::vector<Change>& changes) {
    ++calls_;
    if (fails_) return tl::unexpected(Status(Code::source_failed, "the database is away"));
    const std::lock_guard lock(mutex_);
    for (const Change& change : changes) {
      OptionalString& row = rows_[change.key];
      const bool are_numbers = row && change.value;
      if (are_numbers && std::stoi(*change.value) < std::stoi(*row)) went_back_ = true;
      row = change.value;
    }
    return {};
  }

  std::atomic<bool> fails_ = false;
  std::atomic<int> calls_ = 0;
  std::atomic<bool> went_back_ = false;
  std::mutex mutex_;
  std::map<std::string, OptionalString> rows_;
};

void set(WriteBehind& values, const std::string& key, const std::string& value) {
  const auto written = values.set(key, value);
  REQUIRE_MESSAGE(written.has_value(), written.error().text());
  CHECK_MESSAGE(written->cache.ok(), written->cache.text());
}

}  // namespace

TEST_CASE_TEMPLATE("a change is in the cache at once, and in the source after its delay", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind values(client, database.store(), {.delay = 200ms});
  for (int i = 1; i <= 50; ++i) set(values, "n", std::to_string(i));
  CHECK(*client.get("n") == "50");
  CHECK(values.pending("n") == OptionalString("50"));
  REQUIRE(becomes_true([&] { return values.statistics().waiting_keys == 0; }));
  CHECK(database.rows()["n"] == "50");
  CHECK(database.calls() < 50);
  CHECK_FALSE(values.pending("n").has_value());
  const auto statistics = values.statistics();
  CHECK(statistics.changes == 50);
  CHECK(statistics.written + statistics.coalesced == 50);
}

TEST_CASE_TEMPLATE("a deletion hides the older value until the source has it", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind values(client, database.store(), {.delay = 1h});
  set(values, "k", "1");
  CHECK(*values.get("k") == "1");
  REQUIRE(values.del("k"));
  CHECK(*client.get("k") == std::nullopt);
  REQUIRE(values.pending("k").has_value());
  CHECK(*values.pending("k") == std::nullopt);
  CHECK(*values.get("k") == std::nullopt);
  REQUIRE(values.flush(10s));
  const auto rows = database.rows();
  REQUIRE(rows.contains("k"));
  CHECK(rows.at("k") == std::nullopt);
}

TEST_CASE_TEMPLATE("many threads: each key's last value is in the cache and in the source", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind values(client, database.store(), {.delay = 1ms, .batch = 7, .threads = 3});
  std::vector<std::thread> writers;
  std::atomic<int> next = 0;
  for (int thread = 0; thread < 8; ++thread) {
    writers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const int number = ++next;
        REQUIRE(values.set("k" + std::to_string(number % 5), std::to_string(number)));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  REQUIRE(values.flush(30s));
  for (const auto& [key, row] : database.rows()) CHECK(*client.get(key) == row);
  CHECK(database.rows().size() == 5);
}

TEST_CASE_TEMPLATE("one writer's values reach the source in order, whatever fails", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind values(client, database.store(),
                     {.delay = 0ms, .threads = 4, .first_pause = 1ms, .longest_pause = 5ms});
  for (int i = 1; i <= 500; ++i) {
    database.fail(i % 3 == 0);
    set(values, "n", std::to_string(i));
  }
  database.fail(false);
  REQUIRE(values.flush(30s));
  CHECK(database.rows()["n"] == "500");
  CHECK_FALSE(database.went_back());
}

TEST_CASE_TEMPLATE("while the source is away changes wait, and beyond the bound they are refused",
                   Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  database.fail(true);
  WriteBehind values(client, database.store(),
                     {.delay = 0ms, .max_keys = 3, .wait_for_room = 20ms, .first_pause = 1ms});
  for (const char* key : {"a", "b", "c"}) set(values, key, "1");
  const auto refused = values.set("d", "1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Code::overloaded);
  CHECK(*client.get("d") == std::nullopt);
  set(values, "a", "2");
  const auto flushed = values.flush(50ms);
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code() == Code::deadline_exceeded);
  CHECK(flushed.error().message().find("the database is away") != std::string::npos);
  database.fail(false);
  REQUIRE(values.flush(30s));
  set(values, "d", "1");
  CHECK(database.rows()["a"] == "2");
  CHECK(values.statistics().refused == 1);
  CHECK(values.statistics().lost == 0);
}

TEST_CASE_TEMPLATE("who waits for room gets it when the source has taken something", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind values(client, database.store(), {.delay = 1ms, .max_keys = 1, .wait_for_room = 30s});
  for (int i = 0; i < 50; ++i) set(values, "k" + std::to_string(i), "1");
  REQUIRE(values.flush(30s));
  CHECK(database.rows().size() == 50);
}

TEST_CASE_TEMPLATE("the destructor writes what waits, and tells what it could not", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  std::vector<Change> lost;
  const auto on_loss = [&](const std::vector<Change>& changes, const Status& why) {
    CHECK(why.code() == Code::cancelled);
    lost.insert(lost.end(), changes.begin(), changes.end());
  };
  {
    WriteBehind values(client, database.store(), {.delay = 1h, .on_loss = on_loss});
    set(values, "k", "1");
  }
  CHECK(database.rows()["k"] == "1");
  CHECK(lost.empty());
  database.fail(true);
  {
    WriteBehind values(client, database.store(),
                       {.delay = 1h, .flush_limit = 50ms, .on_loss = on_loss});
    set(values, "k", "2");
  }
  CHECK(lost == std::vector<Change>{{"k", "2"}});
}

TEST_CASE_TEMPLATE("a change that is refused for too long is lost, and that is told", Servers,
                   CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  std::atomic<int> told = 0;
  WriteBehind values(
      client,
      [](const std::vector<Change>&) -> Result<void> { throw std::runtime_error("no disk left"); },
      {.delay = 0ms,
       .first_pause = 1ms,
       .longest_pause = 5ms,
       .give_up_after = 30ms,
       .on_loss = [&](const std::vector<Change>& changes, const Status& why) {
         if (changes == std::vector<Change>{{"k", "1"}} && why.message() == "no disk left") ++told;
         throw std::runtime_error("nor a log");
       }});
  set(values, "k", "1");
  REQUIRE(becomes_true([&] { return values.statistics().lost == 1; }));
  REQUIRE(becomes_true([&] { return told == 1; }));
  CHECK(values.statistics().waiting_keys == 0);
}

TEST_CASE_TEMPLATE("while the cache is away changes reach the source, and the caller is told",
                   Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 100ms});
  Database database;
  WriteBehind values(client, database.store(), {.delay = 0ms});
  cluster->kill_server(0);
  const auto written = values.set("k", "1");
  REQUIRE(written);
  CHECK_FALSE(written->cache.ok());
  REQUIRE(values.flush(30s));
  CHECK(database.rows()["k"] == "1");
  CHECK(values.statistics().cache_failures == 1);
}

TEST_CASE_TEMPLATE("a call that waits for room ends when the object does", Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  database.fail(true);
  auto values = std::make_unique<WriteBehind>(
      client, database.store(),
      WriteBehindOptions{.max_keys = 1, .wait_for_room = 1h, .flush_limit = 200ms});
  set(*values, "a", "1");
  WriteBehind& waiting = *values;
  std::atomic<bool> is_waiting = false;
  std::thread writer([&] {
    is_waiting = true;
    const auto written = waiting.set("b", "1");
    REQUIRE_FALSE(written);
    CHECK(written.error().code() == Code::cancelled);
  });
  REQUIRE(becomes_true([&] { return is_waiting.load(); }));
  std::this_thread::sleep_for(50ms);  // so that it does wait
  values.reset();
  writer.join();
}

TEST_CASE_TEMPLATE("a forked child is told, and frees nothing", Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  auto values = std::make_unique<WriteBehind>(client, database.store());
  set(*values, "k", "1");
  const pid_t child = fork();
  if (child == 0) {
    const auto written = values->set("k", "2");
    const bool is_told = !written && written.error().code() == Code::invalid_argument &&
                         !values->flush(1s) && !values->pending("k");
    values.reset();
    _exit(is_told ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  REQUIRE(values->flush(30s));
  CHECK(database.rows()["k"] == "1");
}

TEST_CASE("options that make no sense are refused by each call of a write-behind") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind senseless(client, database.store(), {.ttl = 0ms});
  CHECK(senseless.set("k", "1").error().code() == Code::invalid_argument);
  CHECK(senseless.flush(1s).error().code() == Code::invalid_argument);
  WriteBehind aimless(client, nullptr);
  CHECK(aimless.set("k", "1").error().code() == Code::invalid_argument);
}

TEST_CASE_TEMPLATE("who flushes what is given up meanwhile is told", Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  database.fail(true);
  WriteBehind values(
      client, database.store(),
      {.delay = 1h, .first_pause = 1ms, .longest_pause = 1ms, .give_up_after = 20ms});
  set(values, "k", "1");
  const auto flushed = values.flush(30s);
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code() == Code::source_failed);
  CHECK(flushed.error().message().find("given up") != std::string::npos);
}

TEST_CASE_TEMPLATE("it may be closed while others use it, and once more", Servers, CachekitNodes) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  Database database;
  WriteBehind values(client, database.store(), {.delay = 1ms});
  std::atomic<int> accepted = 0;
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i) {
    users.emplace_back([&, i] {
      while (values.set("k" + std::to_string(i) + "-" + std::to_string(accepted), "1")) {
        ++accepted;
        (void)values.statistics();
        (void)values.pending("k");
      }
    });
  }
  REQUIRE(becomes_true([&] { return accepted > 100; }));
  std::thread another([&] { values.close(); });
  values.close();
  another.join();
  for (std::thread& user : users) user.join();
  values.close();
  CHECK(values.flush(1s).has_value());
  CHECK(values.set("k", "1").error().code() == Code::cancelled);
  const auto statistics = values.statistics();
  CHECK(statistics.waiting_keys == 0);
  CHECK(statistics.changes == statistics.written + statistics.coalesced);
}
