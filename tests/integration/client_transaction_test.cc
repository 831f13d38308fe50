// Transactions, blocking and asynchronous, over cachekit nodes and redis-server.

#include <doctest/doctest.h>

#include <latch>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/async_calls.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/fake_server.h"
#include "tests/integration/near_cache_client.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

using Answers = Result<std::vector<Value>>;

struct Blocking {
  static Answers transaction(Client& client, std::string_view key,
                             const std::vector<Request>& requests,
                             const TransactionOptions& options = {}) {
    return client.transaction(key, requests, options);
  }
};

struct Asynchronous {
  static Answers transaction(Client& client, std::string_view key,
                             const std::vector<Request>& requests,
                             const TransactionOptions& options = {}) {
    return wait_for(client.async().transaction(key, requests, options));
  }
};

const std::vector<Request> twice{{"INCR", "n"}, {"INCR", "n"}, {"GET", "n"}};

/// Two numbers that follow each other.
void check_twice(const Answers& answers) {
  REQUIRE_MESSAGE(answers.has_value(), answers.error().text());
  REQUIRE(answers->size() == 3);
  const std::int64_t first = *(*answers)[0].get_if<std::int64_t>();
  CHECK((*answers)[1] == Value(first + 1));
  CHECK((*answers)[2] == Value(std::to_string(first + 1)));
}

template <class Form>
void work(Client& client, bool in_transactions) {
  for (int i = 0; i < 100; ++i) {
    if (in_transactions) {
      check_twice(Form::transaction(client, "n", twice));
    } else {
      CHECK(client.incr("n").has_value());
    }
  }
}

template <class Servers, class Form>
struct Case {
  using ServerKind = Servers;
  using FormKind = Form;
};

}  // namespace

using NodesBlocking = Case<CachekitNodes, Blocking>;
using NodesAsynchronous = Case<CachekitNodes, Asynchronous>;
using RedisBlocking = Case<RedisServers, Blocking>;
using RedisAsynchronous = Case<RedisServers, Asynchronous>;

TEST_CASE_TEMPLATE("nothing comes between the commands of a transaction", Kind, NodesBlocking,
                   NodesAsynchronous, RedisBlocking, RedisAsynchronous) {
  const auto cluster = TestCluster<typename Kind::ServerKind>::start(1);
  if (!cluster) return;
  // All threads share one connection.
  Client client = cluster->client({.connections_per_node = 1});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&, thread] { work<typename Kind::FormKind>(client, thread % 2 == 1); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(*client.get("n") == "2400");
}

TEST_CASE_TEMPLATE("a transaction's errors: of one command, of all, of its maker", Kind,
                   NodesBlocking, NodesAsynchronous, RedisBlocking, RedisAsynchronous) {
  const auto cluster = TestCluster<typename Kind::ServerKind>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const auto transaction = [&](const std::vector<Request>& requests,
                               const TransactionOptions& options = {}) {
    return Kind::FormKind::transaction(client, "n", requests, options);
  };
  const std::vector<Request> fails{{"SET", "n", "1"}, {"LPUSH", "n", "x"}, {"INCR", "n"}};
  const Answers answers = transaction(fails);
  REQUIRE(answers.has_value());
  CHECK((*answers)[1].get_if<Value::ErrorText>() != nullptr);
  CHECK((*answers)[2] == Value(std::int64_t{2}));

  CHECK(code_of(transaction({{"INCR", "n"}, {"NO.SUCH.COMMAND", "n"}})) == Code::server_error);
  CHECK(code_of(transaction({})) == Code::invalid_argument);
  CHECK(code_of(transaction(fails, {.write_replicas = -1})) == Code::invalid_argument);
  CHECK(code_of(transaction({{"SUBSCRIBE", "n"}})) == Code::invalid_argument);
  const std::string here = client.locate("n").shard;
  const std::string elsewhere = key_on(client, here == "s0" ? 1 : 0, "k");
  CHECK(code_of(transaction({{"INCR", "n"}, {"INCR", elsewhere}})) == Code::invalid_argument);
  CHECK(*client.get("n") == "2");
  CHECK(client.stats().calls_with(Code::invalid_argument) == 4);
}

TEST_CASE("a transaction's own concern is asked for, and told if it is not met") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.write_replicas_timeout = 20ms});
  const TransactionOptions concern{.write_replicas = 1};
  CHECK(code_of(wait_for(client.async().transaction("n", twice, concern))) ==
        Code::concern_not_met);
  CHECK(*client.get("n") == "2");
  const std::vector<Request> reads{{"GET", "n"}};
  CHECK(wait_for(client.async().transaction("n", reads, concern)).has_value());
}

namespace {

/// One transaction that writes and one that reads, both sent to a server that answers nothing.
struct Unanswered {
  FakeServer silent{silence};
  std::optional<Client> client =
      connected(silent.address(), {.total_timeout = 20s, .read_timeout = 20s});
  std::latch ended{2};
  Code of_write = Code::ok;
  Code of_read = Code::ok;

  explicit Unanswered(const std::stop_token& stop = {}) {
    start(twice, stop, of_write);
    start({{"GET", "n"}}, stop, of_read);
    REQUIRE(silent.comes_to_handle(8));
  }

  void start(const std::vector<Request>& requests, const std::stop_token& stop, Code& code) {
    client->async().transaction("n", requests).stop_with(stop).start([&](const Answers& answers) {
      code = code_of(answers);
      ended.count_down();
    });
  }
};

}  // namespace

TEST_CASE("a transaction that is cancelled was sent whole or not at all") {
  std::stop_source stop;
  Unanswered calls(stop.get_token());
  stop.request_stop();
  calls.ended.wait();
  CHECK(calls.of_write == Code::outcome_unknown);
  CHECK(calls.of_read == Code::cancelled);
}

TEST_CASE("who has begun a transaction and reads gets nothing older from the near-cache") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  REQUIRE(client.set("n", "0"));
  REQUIRE(becomes_near(client, "n"));
  for (int i = 1; i <= 300; ++i) {
    const std::vector<Request> writes{{"SET", "n", std::to_string(i)}};
    client.async().transaction("n", writes).start([](Answers) {});
    for (int reader = 0; reader < 3; ++reader) {
      CHECK(*wait_for(client.async().get("n")) == std::to_string(i));
    }
  }
}

TEST_CASE("a client that goes ends its transactions") {
  Unanswered calls;
  calls.client.reset();
  CHECK(calls.ended.try_wait());
  CHECK(calls.of_write == Code::outcome_unknown);
  CHECK(calls.of_read == Code::cancelled);
}

TEST_CASE("the key of a transaction is forgotten by the near-cache, whoever names it") {
  const auto cluster = TestCluster<RedisServers>::start(1);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  REQUIRE(client.set("n", "0"));
  for (int i = 1; i <= 50; ++i) {
    REQUIRE(becomes_near(client, "n"));
    const std::string value = std::to_string(i);
    const std::vector<Request> script{
        {"EVAL", "return redis.call('SET', 'n', ARGV[1])", "0", value}};
    REQUIRE(client.transaction("n", script).has_value());
    CHECK(read(client, "n") == value);
  }
}
