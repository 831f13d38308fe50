// Pipelines against nodes and against redis-server.

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <random>

#include "tests/integration/client_cluster.h"
#include "tests/support/seed.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

/// What the servers should answer, and a pipeline that is to be compared with it.
class ModelledPipeline {
 public:
  explicit ModelledPipeline(Client& client) : pipeline_(client.pipeline()) {}

  void add_random(std::mt19937_64& random) {
    const std::string key = "k" + std::to_string(random() % 500);
    switch (random() % 6) {
      case 0:
        data_[key] = std::to_string(random() % 1000);
        expect(pipeline_.set(key, data_[key]), true);
        break;
      case 1:
        data_[key] = std::to_string(number(key) + 1);
        expect(pipeline_.incr(key), number(key));
        break;
      case 2:
        expect(pipeline_.del(key), static_cast<std::int64_t>(data_.erase(key)));
        break;
      case 3:
        expect(pipeline_.exists(key), static_cast<std::int64_t>(data_.count(key)));
        break;
      case 4: {
        const std::string other = "k" + std::to_string(random() % 500);
        expect(pipeline_.mget({key, other}), std::vector{value(key), value(other)});
        break;
      }
      default:
        expect(pipeline_.get(key), value(key));
    }
  }

  void execute_and_check() {
    CHECK(pipeline_.size() == checks_.size());
    const Status status = pipeline_.execute();
    CHECK_MESSAGE(status.ok(), status.text());
    for (const auto& check : checks_) check();
    CHECK(pipeline_.size() == 0);
  }

 private:
  std::int64_t number(const std::string& key) {
    return data_.contains(key) ? std::stoll(data_[key]) : 0;
  }
  std::optional<std::string> value(const std::string& key) {
    return data_.contains(key) ? std::optional(data_[key]) : std::nullopt;
  }

  template <class T>
  void expect(Pending<T> pending, T expected) {
    checks_.push_back([pending, expected] {
      REQUIRE_MESSAGE(pending.result().has_value(), pending.result().error().text());
      CHECK(*pending.result() == expected);
    });
  }

  Pipeline pipeline_;
  std::map<std::string, std::string> data_;
  std::vector<std::function<void()>> checks_;
};

}  // namespace

TEST_CASE_TEMPLATE("ten thousand mixed commands over three shards equal a model", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  std::mt19937_64 random(seed());
  Client client = cluster->client({.total_timeout = 30s, .read_timeout = 10s});
  ModelledPipeline pipeline(client);
  for (int i = 0; i < 10'000; ++i) pipeline.add_random(random);
  pipeline.execute_and_check();
}

TEST_CASE_TEMPLATE("a pipeline larger than all buffers does not block itself", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60s, .read_timeout = 30s});
  const std::string value(100'000, 'v');
  Pipeline pipeline = client.pipeline();
  std::vector<Pending<std::optional<std::string>>> values;
  for (int i = 0; i < 500; ++i) {
    (void)pipeline.set("k", value);
    values.push_back(pipeline.get("k"));
  }
  REQUIRE(pipeline.execute().ok());
  for (const auto& pending : values) CHECK(**pending.result() == value);
}

TEST_CASE_TEMPLATE("each command fails by itself, in call order", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  Pipeline pipeline = client.pipeline();
  const auto early = pipeline.get("text");
  CHECK(early.result().error().code() == Code::invalid_argument);
  const auto written = pipeline.set("text", "abc");
  const auto wrong = pipeline.incr("text");
  const auto refused = pipeline.set("x", "y", 0ms);
  const auto read = pipeline.get("text");
  const Status status = pipeline.execute();
  CHECK(status.code() == Code::server_error);
  CHECK(*written.result());
  CHECK(code_of(wrong.result()) == Code::server_error);
  CHECK(code_of(refused.result()) == Code::invalid_argument);
  CHECK(**read.result() == "abc");

  const auto again = pipeline.get("text");
  CHECK(pipeline.execute().ok());
  CHECK(**again.result() == "abc");
}

TEST_CASE("an empty pipeline succeeds") {
  auto client = Client::connect("cachekit://127.0.0.1:1");
  REQUIRE(client.has_value());
  CHECK(client->pipeline().execute().ok());
}
