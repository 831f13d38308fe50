// CLIENT TRACKING of a node and of redis-server: the same commands on several connections, scripted
// and random, must be answered by the same replies and the same invalidations on each of them.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "tests/conformance/server_pair.h"
#include "tests/conformance/tracked_server.h"
#include "tests/support/seed.h"

namespace cachekit::conformance {
namespace {

const Words to_resp3{"HELLO", "3"};
const Words listen{"SUBSCRIBE", "__redis__:invalidate"};

Words words_of(const std::string& line) {
  Words words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// Commands of one connection, sent in one piece.
TrackedStep on(std::size_t connection, const std::vector<std::string>& lines) {
  TrackedStep step{connection, {}};
  for (const std::string& line : lines) step.commands.push_back(words_of(line));
  return step;
}

class TrackedPair {
 public:
  explicit TrackedPair(std::size_t connections)
      : node(pair_.node(), connections), redis(pair_.redis(), connections) {
    for (std::size_t i = 0; i < connections; ++i) {
      if (i % 2 == 0) check({{i, {to_resp3}}});  // which describes the server in its own words
    }
  }

  bool check(const std::vector<TrackedStep>& steps) { return check_same_steps(node, redis, steps); }

 private:
  ServerPair pair_;

 public:
  TrackedServer node;
  TrackedServer redis;
};

TEST_CASE("options, and what goes together, are as in Redis") {
  if (!test::redis_is_installed()) return;
  TrackedPair pair(2);
  for (const char* line : {"CLIENT TRACKING",
                           "CLIENT TRACKING perhaps",
                           "CLIENT TRACKING on what",
                           "CLIENT TRACKING on REDIRECT",
                           "CLIENT TRACKING on REDIRECT x",
                           "CLIENT TRACKING on REDIRECT 0",
                           "CLIENT TRACKING on REDIRECT 9999",
                           "CLIENT TRACKING on REDIRECT -1",
                           "CLIENT TRACKING on REDIRECT @0 REDIRECT @0",
                           "CLIENT TRACKING on PREFIX a",
                           "CLIENT TRACKING off PREFIX a",
                           "CLIENT TRACKING off what",
                           "CLIENT TRACKING on BCAST PREFIX",
                           "CLIENT TRACKING on BCAST PREFIX a PREFIX ab",
                           "CLIENT TRACKING on OPTIN OPTOUT",
                           "CLIENT TRACKING on BCAST OPTIN",
                           "CLIENT TRACKING on BCAST OPTOUT",
                           "CLIENT TRACKINGINFO",
                           "CLIENT GETREDIR",
                           "CLIENT CACHING yes",
                           "CLIENT CACHING no",
                           "CLIENT CACHING perhaps",
                           "CLIENT CACHING",
                           "CLIENT TRACKINGINFO x",
                           "CLIENT GETREDIR x",
                           "CLIENT TRACKING on",
                           "CLIENT CACHING yes",
                           "CLIENT CACHING perhaps",
                           "CLIENT TRACKING on BCAST",
                           "CLIENT TRACKING on OPTIN",
                           "CLIENT CACHING no",
                           "CLIENT CACHING yes",
                           "CLIENT TRACKINGINFO",
                           "GET k",
                           "CLIENT TRACKINGINFO",
                           "CLIENT TRACKING on OPTOUT",
                           "CLIENT TRACKING on NOLOOP",
                           "CLIENT TRACKINGINFO",
                           "CLIENT TRACKING on REDIRECT @0",
                           "CLIENT TRACKINGINFO",
                           "CLIENT GETREDIR",
                           "CLIENT TRACKING off REDIRECT 9999",
                           "CLIENT TRACKING off",
                           "CLIENT TRACKING on OPTOUT NOLOOP",
                           "CLIENT CACHING yes",
                           "CLIENT CACHING no",
                           "CLIENT TRACKINGINFO",
                           "CLIENT TRACKING on OPTIN",
                           "CLIENT TRACKING off",
                           "CLIENT TRACKING on BCAST",
                           "CLIENT TRACKING on BCAST PREFIX a",
                           "CLIENT TRACKING on BCAST",
                           "CLIENT TRACKINGINFO",
                           "CLIENT TRACKING off",
                           "CLIENT TRACKING on BCAST PREFIX foo",
                           "CLIENT TRACKING on BCAST PREFIX foo",
                           "CLIENT TRACKING on BCAST PREFIX fo",
                           "CLIENT TRACKING on BCAST PREFIX bar PREFIX a",
                           "CLIENT TRACKINGINFO",
                           "CLIENT TRACKING on",
                           "UNSUBSCRIBE",
                           "PUNSUBSCRIBE",
                           "UNSUBSCRIBE a b",
                           "PUNSUBSCRIBE a",
                           "SUBSCRIBE",
                           "RESET",
                           "CLIENT GETREDIR"}) {
    CAPTURE(line);
    CHECK(pair.check({on(1, {line})}));
    CHECK(pair.check({on(0, {line})}));
  }
}

TEST_CASE("the mode of a subscriber is as in Redis") {
  if (!test::redis_is_installed()) return;
  TrackedPair pair(2);
  CHECK(pair.check({{1, {listen}}, on(1, {"MULTI", "HELLO 3", "CONFIG GET save"})}));
  CHECK(pair.check({on(1, {"RESET"})}));
  for (const std::size_t connection : {0u, 1u}) {
    CHECK(pair.check(
        {on(connection, {"MULTI", "SUBSCRIBE __redis__:invalidate", "PING", "EXEC"}),
         {connection, {listen, listen}},
         on(connection, {"PING", "PING a b", "GET k", "CLIENT GETREDIR", "NOSUCH", "GET"}),
         on(connection,
            {"UNSUBSCRIBE x", "UNSUBSCRIBE __redis__:invalidate", "UNSUBSCRIBE", "PING"}),
         {connection, {listen}},
         on(connection, {"UNSUBSCRIBE", "GET k"}),
         {connection, {listen}},
         on(connection, {"RESET", "GET k"})}));
  }
}

TEST_CASE("who is told what, and where between the replies, is as in Redis") {
  if (!test::redis_is_installed()) return;
  TrackedPair pair(5);  // 0, 2 and 4 speak RESP3
  CHECK(pair.check({
      {3, {listen}},
      on(0, {"CLIENT TRACKING on"}),
      on(1, {"CLIENT TRACKING on REDIRECT @3"}),
      on(2, {"CLIENT TRACKING on BCAST PREFIX a PREFIX b"}),
      on(0, {"GET a", "MGET b c", "GET k"}),
      on(1, {"GET a", "TTL c"}),
      on(4, {"SET a 1", "SET b 1", "SET c 1", "SET a 2", "DEL nokey"}),
      // Its own changes come behind the reply, of a transaction behind all of it.
      on(0, {"GET a", "SET a 3", "PING", "GET a", "MULTI", "SET a 4", "GET a", "GET x", "SET x 1",
             "EXEC", "PING"}),
      on(0, {"CLIENT REPLY OFF", "GET a", "SET a 5", "CLIENT REPLY ON"}),
      on(0, {"CLIENT REPLY SKIP", "GET a", "CLIENT REPLY SKIP", "SET a 5", "PING"}),
      on(1, {"GET a", "SET a 6", "PING"}),
      on(2, {"SET a1 1", "SET b1 1", "SET c1 1", "PING"}),
      // Every kind of change.
      on(0, {"MGET s l h t d"}),
      on(4, {"RPUSH l a b", "SADD t x y", "HSET h f 1", "SETEX s 100 v", "EXPIRE s 50"}),
      on(0, {"MGET s l h t d"}),
      on(4, {"LPOP l", "SREM t x", "HDEL h f", "PERSIST s", "RENAME s d"}),
      on(0, {"MGET s l h t d"}),
      on(4, {"MULTI", "COPY d s", "LPOP l", "SPOP t", "HSET h f 1", "EXEC"}),
      on(0, {"MGET s l h t d"}),
      on(4, {"UNLINK s l h t d"}),
      on(0, {"MGET s l h t d"}),
      on(1, {"MGET s d"}),
      on(4, {"FLUSHALL"}),
      on(0, {"GET a", "FLUSHDB", "PING"}),
      on(4, {"SET s 1"}),
      // Turned off, nothing comes any more.
      on(0, {"GET a", "CLIENT TRACKING off", "CLIENT TRACKINGINFO"}),
      on(4, {"SET a 7"}),
      on(1, {"GET a", "RESET", "CLIENT TRACKINGINFO"}),
      on(4, {"SET a 8"}),
  }));
}

TEST_CASE("NOLOOP, OPTIN and OPTOUT are as in Redis") {
  if (!test::redis_is_installed()) return;
  TrackedPair pair(5);
  CHECK(pair.check({
      on(0, {"CLIENT TRACKING on NOLOOP"}),
      on(2, {"CLIENT TRACKING on OPTIN"}),
      on(4, {"CLIENT TRACKING on OPTOUT"}),
      on(0, {"GET a", "SET a 1", "PING"}),
      on(1, {"SET a 2"}),
      on(0, {"GET a"}),
      on(1, {"SET a 3"}),
      on(0, {"GET a", "FLUSHALL"}),
      on(2, {"GET a", "CLIENT CACHING yes", "GET b", "GET c"}),
      on(4, {"GET a", "CLIENT CACHING no", "GET b", "GET c"}),
      on(1, {"MSET a 1 b 1 c 1"}),
      on(2, {"CLIENT CACHING yes", "MULTI", "GET a", "GET b", "EXEC", "GET c"}),
      on(4, {"CLIENT CACHING no", "MULTI", "GET a", "GET b", "EXEC", "GET c"}),
      on(1, {"MSET a 1 b 1 c 1"}),
      on(2, {"MULTI", "CLIENT CACHING yes", "GET a", "GET b", "EXEC", "GET c"}),
      on(1, {"MSET a 1 b 1 c 1"}),
      on(2, {"CLIENT CACHING yes", "NOSUCH", "GET a"}),
      on(2, {"CLIENT CACHING yes", "GET", "GET b"}),
      on(2, {"CLIENT CACHING yes", "CLIENT ID", "GET c"}),
      on(1, {"MSET a 1 b 1 c 1"}),
      on(2, {"CLIENT CACHING yes", "MULTI", "DISCARD", "GET c"}),
      on(1, {"MSET a 1 b 1 c 1"}),
  }));
}

TEST_CASE("a redirect target that goes is noticed as in Redis") {
  if (!test::redis_is_installed()) return;
  TrackedPair pair(5);
  CHECK(pair.check({{3, {listen}},
                    on(0, {"CLIENT TRACKING on REDIRECT @3"}),
                    on(1, {"CLIENT TRACKING on REDIRECT @3"}),
                    on(0, {"GET a"}),
                    on(1, {"GET a"})}));
  pair.node.close(3);
  pair.redis.close(3);
  const auto gone = [](TrackedServer& server) {
    while (server.send(4, {{"CLIENT", "LIST", "ID", "@3"}}).front().size() > 20) continue;
  };
  gone(pair.node);
  gone(pair.redis);
  CHECK(pair.check({on(1, {"CLIENT TRACKINGINFO"}), on(4, {"SET a 1"}),
                    on(0, {"CLIENT TRACKINGINFO", "CLIENT GETREDIR"}),
                    on(1, {"CLIENT TRACKINGINFO"}), on(4, {"FLUSHALL"}),
                    on(0, {"CLIENT TRACKING on", "CLIENT TRACKINGINFO", "GET a"}),
                    on(4, {"SET a 1"})}));
}

// Commands that change something whenever Redis says so: where Redis invalidates though nothing has
// changed, as LTRIM of nothing, a node does not.
class Stream {
 public:
  explicit Stream(std::uint64_t seed) : random_(seed) {}

  std::string next(std::size_t connection) {
    const auto chosen = below(100);
    if (chosen < 40) return read();
    if (chosen < 90) return write();
    if (chosen < 92) return "FLUSHALL";
    if (connection == 4) return "CLIENT CACHING yes";
    return chosen < 96 ? "PING" : "CLIENT TRACKINGINFO";
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::string key(char type) { return fmt::format("{}{}", type, below(4)); }

  std::string any_key() { return key("slthx"[below(5)]); }

  std::string read() {
    switch (below(8)) {
      case 0:
        return fmt::format("MGET {} {} {}", any_key(), any_key(), any_key());
      case 1:
        return fmt::format("EXISTS {} {}", any_key(), any_key());
      case 2:
        return "LRANGE " + key('l') + " 0 -1";
      case 3:
        return "SCARD " + key('t');
      case 4:
        return "HGET " + key('h') + " f";
      case 5:
        return "SINTERCARD 2 " + key('t') + " " + key('t');
      case 6:
        return "TYPE " + any_key();
      default:
        return "GET " + any_key();
    }
  }

  std::string write() {
    switch (below(16)) {
      case 0:
        return fmt::format("MSET {} {} {} 2", key('s'), below(100), key('s'));
      case 1:
        return fmt::format("DEL {} {}", any_key(), any_key());
      case 2:
        return "INCR " + key('s');
      case 3:
        return "APPEND " + key('s') + " 1";
      case 4:
        return fmt::format("RPUSH {} a b c", key('l'));
      case 5:
        return "LPOP " + key('l');
      case 6:
        return "LMOVE " + key('l') + " " + key('l') + " LEFT RIGHT";
      case 7:
        return fmt::format("SADD {} {} {}", key('t'), below(5), below(5));
      case 8:
        return fmt::format("SREM {} {}", key('t'), below(5));
      case 9:
        return "SUNIONSTORE " + key('t') + " " + key('t') + " " + key('t');
      case 10:
        return "HINCRBY " + key('h') + " f 1";
      case 11:
        return "HDEL " + key('h') + " f";
      case 12:
        return fmt::format("EXPIRE {} {}", any_key(), below(2) == 0 ? 1000 : -1);
      case 13:
        return "GETDEL " + key('s');
      case 14:
        return "RENAMENX " + any_key() + " x" + std::to_string(below(4));
      default:
        return fmt::format("SET {} {}", key('s'), below(1000));
    }
  }

  std::mt19937_64 random_;
};

// One to four commands, sometimes as a transaction.
TrackedStep random_step(Stream& stream) {
  constexpr std::size_t speakers[] = {0, 1, 2, 4, 5, 6, 7};
  const std::size_t connection = speakers[stream.below(std::size(speakers))];
  std::vector<std::string> lines;
  for (std::size_t count = 1 + stream.below(4); count > 0; --count) {
    lines.push_back(stream.next(connection));
  }
  if (stream.below(6) == 0) {
    lines.insert(lines.begin(), "MULTI");
    lines.emplace_back("EXEC");
  }
  return on(connection, lines);
}

TEST_CASE("random commands on many connections invalidate as in Redis") {
  if (!test::redis_is_installed()) return;
  TrackedPair pair(8);
  REQUIRE(pair.check({{3, {listen}},
                      on(0, {"CLIENT TRACKING on"}),
                      on(1, {"CLIENT TRACKING on REDIRECT @3"}),
                      on(2, {"CLIENT TRACKING on BCAST PREFIX s PREFIX l1"}),
                      on(4, {"CLIENT TRACKING on OPTIN"}),
                      on(5, {"CLIENT TRACKING on BCAST NOLOOP REDIRECT @3"}),
                      on(6, {"CLIENT TRACKING on NOLOOP"})}));
  Stream stream(test::seed());
  const int steps = std::getenv("CACHEKIT_TEST_LONG") != nullptr ? 100'000 : 1'500;
  for (int i = 0; i < steps; ++i) {
    if (!pair.check({random_step(stream)})) return;
  }
}

}  // namespace
}  // namespace cachekit::conformance
