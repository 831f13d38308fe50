#include "node/tracking/tracking.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr std::string_view flush = ">2\r\n$10\r\ninvalidate\r\n_\r\n";

std::string invalidation(std::initializer_list<std::string_view> keys) {
  return ">2\r\n$10\r\ninvalidate\r\n" + encode(keys);
}

std::string message(std::initializer_list<std::string_view> keys) {
  return "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n" + encode(keys);
}

// A client of RESP3 that tracks with these options.
void track(Client& client, std::string_view options = "") {
  client.send("HELLO 3\r\n");
  REQUIRE(client.send(fmt::format("CLIENT TRACKING ON {}\r\n", options)) == "+OK\r\n");
}

TEST_CASE("a reader hears of the first change of what it has read") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader);
  reader.send("GET a\r\nGET b\r\n");
  writer.send("SET a 1\r\nSET a 2\r\nSET c 1\r\n");
  CHECK(reader.told() == invalidation({"a"}));
  writer.send("SET a 3\r\n");
  CHECK(reader.told().empty());
}

TEST_CASE("every kind of reading counts, writing does not") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader);
  reader.send("MGET a b\r\nTTL c\r\nOBJECT ENCODING d\r\nMEMORY USAGE e\r\nSINTERCARD 2 f g\r\n");
  reader.send("SET w 1\r\nGETDEL w\r\nGETEX w\r\n");
  CHECK(node.node().tracking().keys().size() == 7);
  writer.send("SET w 1\r\n");
  CHECK(reader.told().empty());
}

TEST_CASE("every kind of change invalidates: commands, expiry, transactions, flushes") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader);
  const auto changes = [&](std::string_view before, std::string_view change) {
    writer.send(before);
    reader.send("EXISTS k\r\n");
    CHECK(reader.told().empty());
    writer.send(change);
    CHECK_MESSAGE(reader.told() == invalidation({"k"}), change);
    writer.send("DEL k other\r\n");
  };
  changes("SET k 1\r\n", "DEL k\r\n");
  changes("SET k 1\r\n", "UNLINK k\r\n");
  changes("SET k 1\r\n", "RENAME k other\r\n");
  changes("SET other 1\r\n", "RENAME other k\r\n");
  changes("SET other 1\r\n", "COPY other k\r\n");
  changes("SET k 1\r\n", "EXPIRE k 100\r\n");
  changes("SET k 1 EX 5\r\n", "PERSIST k\r\n");
  changes("", "LPUSH k a b c\r\n");
  changes("RPUSH k a b\r\n", "LMOVE k other LEFT LEFT\r\n");
  changes("SADD k a b\r\n", "SREM k b\r\n");
  changes("HSET k f 1\r\n", "HINCRBY k f 2\r\n");
  changes("", "MULTI\r\nSET k 1\r\nINCR k\r\nEXEC\r\n");
}

TEST_CASE("what expires invalidates, and who met it hears so behind the reply") {
  TestNode node;
  Client reader(node);
  track(reader, "NOLOOP");
  reader.send("SET k 1 PX 100\r\nGET k\r\n");
  node.pass_ms(200);
  CHECK(reader.send("GET k\r\nPING\r\n") == "_\r\n" + invalidation({"k"}) + "+PONG\r\n");
  reader.send("SET k 1 PX 100\r\nGET k\r\n");
  node.pass_ms(200);
  while (node.node().store().maintain(node.now().unix_ms, 100)) continue;
  CHECK(reader.told() == invalidation({"k"}));
}

TEST_CASE("what is evicted invalidates, also for the one whose write needed the room") {
  node::Settings settings;
  settings.max_memory_bytes = 1 << 20;
  settings.eviction.kind = node::storage::EvictionKind::lru;
  TestNode node(settings);
  Client reader(node);
  track(reader, "NOLOOP");
  reader.call({"SET", "old", std::string(100'000, 'x')});
  reader.send("STRLEN old\r\n");
  std::string answers;
  for (int i = 0; i < 30; ++i) {
    answers += reader.call({"SET", "key" + std::to_string(i), std::string(100'000, 'x')});
  }
  CHECK(answers.find(invalidation({"old"})) != std::string::npos);
}

TEST_CASE("messages stand between replies, never inside one") {
  TestNode node;
  Client reader(node);
  track(reader);
  CHECK(reader.send("GET a\r\nSET a 1\r\nPING\r\n") ==
        "_\r\n+OK\r\n" + invalidation({"a"}) + "+PONG\r\n");
  CHECK(reader.send("MULTI\r\nGET a\r\nSET a 2\r\nGET a\r\nEXEC\r\nPING\r\n") ==
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n$1\r\n1\r\n+OK\r\n$1\r\n2\r\n" +
            invalidation({"a"}) + "+PONG\r\n");
}

TEST_CASE("an invalidation written before the reader's next command stands before its reply") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader);
  reader.send("GET a\r\n");
  writer.send("SET a 1\r\n");
  CHECK(reader.send("GET a\r\n") == invalidation({"a"}) + "$1\r\n1\r\n");
  writer.send("SET a 2\r\n");
  CHECK(reader.told() == invalidation({"a"}));
}

TEST_CASE("a redirect target whose own command invalidates is told behind the reply") {
  TestNode node;
  Client target(node);
  Client reader(node);
  target.send("HELLO 3\r\n");
  reader.send("CLIENT TRACKING ON REDIRECT 1\r\nGET a\r\n");
  CHECK(target.send("MULTI\r\nSET a 1\r\nPING\r\nEXEC\r\n") ==
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n+PONG\r\n" + invalidation({"a"}));
}

TEST_CASE("replies that are suppressed do not suppress messages") {
  TestNode node;
  Client reader(node);
  track(reader);
  CHECK(reader.send("CLIENT REPLY OFF\r\nGET a\r\nSET a 1\r\nCLIENT REPLY ON\r\n") ==
        invalidation({"a"}) + "+OK\r\n");
}

TEST_CASE("in RESP2 only a subscriber in one's stead is told") {
  TestNode node;
  Client listener(node);
  Client reader(node);
  Client writer(node);
  reader.send("CLIENT TRACKING ON\r\nGET a\r\n");
  writer.send("SET a 1\r\n");
  CHECK(reader.told().empty());
  reader.send("CLIENT TRACKING ON REDIRECT 1\r\nGET a\r\n");
  writer.send("SET a 1\r\n");
  CHECK(listener.told().empty());
  listener.call({"SUBSCRIBE", node::tracking::invalidation_channel});
  reader.send("GET a\r\n");
  writer.send("SET a 2\r\n");
  CHECK(listener.told() == message({"a"}));
  writer.send("FLUSHALL\r\n");
  CHECK(listener.told() == "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n");
}

TEST_CASE("whoever redirects hears that the target has gone") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  auto target = std::make_unique<Client>(node);
  track(reader, "REDIRECT 3");
  target.reset();
  reader.send("GET a\r\n");
  writer.send("SET a 1\r\n");
  CHECK(reader.told() == ">2\r\n$21\r\ntracking-redir-broken\r\n:3\r\n");
  CHECK(reader.send("CLIENT TRACKINGINFO\r\n").find("broken_redirect") != std::string::npos);
  CHECK(reader.send("CLIENT INFO\r\n").find(" flags=tR ") != std::string::npos);
  reader.send("CLIENT TRACKING ON\r\nGET a\r\n");
  writer.send("SET a 1\r\n");
  CHECK(reader.told() == invalidation({"a"}));
}

TEST_CASE("NOLOOP leaves out what one has changed oneself, and nothing else") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader, "NOLOOP");
  CHECK(reader.send("GET a\r\nSET a 1\r\nGET a\r\n") == "_\r\n+OK\r\n$1\r\n1\r\n");
  writer.send("SET a 2\r\n");
  CHECK(reader.told() == invalidation({"a"}));
  CHECK(reader.send("FLUSHALL\r\n") == "+OK\r\n" + std::string(flush));
}

TEST_CASE("OPTIN remembers the command behind CACHING YES, or the transaction") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader, "OPTIN");
  reader.send("GET a\r\nCLIENT CACHING YES\r\nGET b\r\nGET c\r\n");
  reader.send("CLIENT CACHING YES\r\nMULTI\r\nGET d\r\nGET e\r\nEXEC\r\nGET f\r\n");
  reader.send("CLIENT CACHING YES\r\nNOSUCH\r\nGET g\r\n");
  writer.send("MSET a 1 b 1 c 1 d 1 e 1 f 1 g 1\r\n");
  CHECK(reader.told() == invalidation({"b"}) + invalidation({"d"}) + invalidation({"e"}));
}

TEST_CASE("OPTOUT leaves out the command behind CACHING NO") {
  TestNode node;
  Client reader(node);
  Client writer(node);
  track(reader, "OPTOUT");
  reader.send("GET a\r\nCLIENT CACHING NO\r\nGET b\r\nGET c\r\n");
  writer.send("MSET a 1 b 1 c 1\r\n");
  CHECK(reader.told() == invalidation({"a"}) + invalidation({"c"}));
}

TEST_CASE("BCAST tells once a turn of all keys under a prefix, read or not") {
  TestNode node;
  Client listener(node);
  Client writer(node);
  track(listener, "BCAST PREFIX a NOLOOP");
  writer.send("SET a1 1\r\nSET b 1\r\nSET a1 2\r\n");
  CHECK(listener.told() == invalidation({"a1"}));
  CHECK(listener.send("SET a2 1\r\n") == "+OK\r\n");
  CHECK(listener.told().empty());
  writer.send("DEL a1\r\n");
  listener.send("SET a3 1\r\n");
  CHECK(listener.told() == invalidation({"a1"}));
}

TEST_CASE("beyond the limit some key is forgotten, and its reader told") {
  node::Settings settings;
  settings.tracking_table_max_keys = 10;
  TestNode node(settings);
  Client reader(node);
  track(reader);
  std::string told;
  for (int i = 0; i < 100; ++i) {
    told += reader.send(fmt::format("GET key:{}\r\n", i));
    REQUIRE(node.node().tracking().keys().size() <= 10);
  }
  std::size_t messages = 0;
  for (std::size_t at = 0; (at = told.find("invalidate", at)) != std::string::npos; ++at) {
    ++messages;
  }
  CHECK(messages == 90);
  reader.send("CONFIG SET tracking-table-max-keys 3\r\n");
  while (node.node().tracking().maintain()) continue;
  CHECK(node.node().tracking().keys().size() == 3);
}

TEST_CASE("a client that does not read is closed at the limit, and its output goes") {
  node::Settings settings;
  settings.invalidation_buffer_limit_bytes = 64 << 10;
  TestNode node(settings);
  Client slow(node);
  Client writer(node);
  track(slow, "BCAST");
  slow.stop_reading();
  const std::string key(1000, 'k');
  int turns = 0;
  for (; turns < 1000 && !slow.closed; ++turns) {
    writer.call({"SET", key, "1"});
    slow.told();
  }
  CHECK(turns > 50);
  CHECK(turns < 70);
  REQUIRE(slow.closed);
  CHECK_FALSE(slow.closed->after_flush);
  CHECK(slow.connection().output.empty());
  CHECK(slow.connection().unsent_bytes <= 64 << 10);
}

TEST_CASE("what has been read does not count towards the limit") {
  node::Settings settings;
  settings.invalidation_buffer_limit_bytes = 64 << 10;
  TestNode node(settings);
  Client reader(node);
  Client writer(node);
  track(reader, "BCAST");
  for (int i = 0; i < 300; ++i) {
    writer.call({"SET", std::string(1000, 'k'), "1"});
    reader.told();
  }
  CHECK_FALSE(reader.closed);
}

TEST_CASE("without a tracking client nothing is remembered, counted or subscribed") {
  TestNode node;
  const std::size_t before = node.node().buffer_bytes();
  {
    Client reader(node);
    track(reader);
    for (int i = 0; i < 1000; ++i) reader.send(fmt::format("GET key:{}\r\n", i));
    CHECK(node.node().buffer_bytes() > before + 1000 * 20);
    CHECK(node.node().tracking().active());
  }
  CHECK_FALSE(node.node().tracking().active());
  CHECK(node.node().tracking().keys().size() == 0);
  while (node.node().tracking().maintain()) continue;
  CHECK(node.node().buffer_bytes() == before);
}

TEST_CASE("a change of role tells everybody that all may have changed") {
  TestNode node;
  Client reader(node);
  Client admin(node);
  track(reader);
  reader.send("GET a\r\n");
  admin.send("REPLICAOF 127.0.0.1 1\r\n");
  CHECK(reader.told() == flush);
  CHECK(node.node().tracking().keys().size() == 0);
  admin.send("REPLICAOF NO ONE\r\n");
  CHECK(reader.told() == flush);
}

TEST_CASE("the stream of a replica is never interrupted by messages") {
  TestNode node;
  Client replica(node);
  Client writer(node);
  track(replica, "BCAST");
  CHECK(replica.send("CACHEKIT.FOLLOW ? 0 7000 0\r\n").find("COPY") != std::string::npos);
  writer.send("SET a 1\r\n");
  CHECK(replica.told().find("invalidate") == std::string::npos);
}

}  // namespace
}  // namespace cachekit::test
