// Nodes as primary and replicas, as processes: what they hold, what they say of it, and what
// happens when links and nodes go and come.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "tests/conformance/peer.h"
#include "tests/support/seed.h"
#include "tests/unit/node/commands/random_commands.h"

namespace cachekit::conformance {
namespace {

// Everything that a node holds: of each key its type, its elements and when it expires.
std::map<std::string, std::string> contents_of(Peer& peer) {
  std::map<std::string, std::string> contents;
  for (const std::string& key : words_of(peer.ask({"KEYS", "*"}))) {
    const std::string type = peer.ask({"TYPE", key});
    std::string value;
    if (type == "+string\r\n") {
      value = peer.ask({"GET", key});
    } else if (type == "+list\r\n") {
      value = peer.ask({"LRANGE", key, "0", "-1"});
    } else if (type == "+set\r\n") {
      const auto members = words_of(peer.ask({"SMEMBERS", key}));
      value =
          fmt::format("{}", fmt::join(std::set<std::string>(members.begin(), members.end()), " "));
    } else {
      const auto items = words_of(peer.ask({"HGETALL", key}));
      std::map<std::string, std::string> fields;
      for (std::size_t i = 0; i + 1 < items.size(); i += 2) fields[items[i]] = items[i + 1];
      for (const auto& [field, held] : fields) value += field + "=" + held + " ";
    }
    contents[key] = type + value + peer.ask({"PEXPIRETIME", key});
  }
  return contents;
}

// Ends the connections of its replicas.
void cut_links(Peer& primary) {
  std::istringstream clients(primary.ask({"CLIENT", "LIST"}));
  int cut = 0;
  for (std::string line; std::getline(clients, line);) {
    if (line.find(" cmd=cachekit.") == std::string::npos) continue;
    const std::size_t from = line.find("id=") + 3;
    const std::string id = line.substr(from, line.find(' ', from) - from);
    CHECK(primary.ask({"CLIENT", "KILL", "ID", id}) == ":1\r\n");
    ++cut;
  }
  CHECK(cut > 0);
}

void require_equal(Peer& primary, Peer& replica) {
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  CHECK(primary.ask({"DBSIZE"}) == replica.ask({"DBSIZE"}));
  CHECK(contents_of(primary) == contents_of(replica));
}

// Changes without expiry in the near future, so that the nodes' clocks play no part.
void change(Peer& primary, test::RandomCommands& commands, int count) {
  for (int i = 0; i < count;) {
    const std::string line = commands.next();
    if (line.find(" PX") != std::string::npos || line.find("PEXPIRE") != std::string::npos ||
        line.find(" EX ") != std::string::npos) {
      continue;
    }
    primary.run(line);
    ++i;
  }
}

TEST_CASE("replicas copy what their primary has, and follow what comes") {
  test::RandomCommands commands(test::seed());
  Peer primary;
  Peer first;
  Peer second;
  change(primary, commands, 3000);
  primary.ask({"SET", "large", std::string(3'000'000, 'L')});
  primary.ask({"SET", "expires", "late", "PXAT", "9999999999999"});
  first.ask({"SET", "of its own", "goes"});
  first.follow(primary);
  change(primary, commands, 500);
  second.follow(primary);
  change(primary, commands, 500);
  require_equal(primary, first);
  CHECK(becomes_true([&] { return primary.info("connected_slaves") == "2"; }));
  CHECK(becomes_true([&] { return second.is_linked(); }));
  CHECK(becomes_true(
      [&] { return second.info("slave_repl_offset") == primary.info("master_repl_offset"); }));
  CHECK(contents_of(primary) == contents_of(second));
  CHECK(primary.info("sync_full") == "2");
}

TEST_CASE("a replica refuses writes, and what would make a chain") {
  Peer primary;
  Peer replica;
  Peer third;
  primary.run("SET k v");
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  CHECK(replica.ask({"GET", "k"}) == "$1\r\nv\r\n");
  CHECK(replica.ask({"SET", "k", "w"}) ==
        "-READONLY You can't write against a read only replica.\r\n");
  CHECK(replica.ask({"FLUSHALL"}).starts_with("-READONLY"));
  CHECK(replica.ask({"CACHEKIT.FOLLOW", "?", "0", "1", "0"})
            .starts_with("-ERR this node is a replica"));
  CHECK(primary.ask({"CACHEKIT.ACK", "5", "0", "0", "0", "0", "0"})
            .starts_with("-ERR this connection is none"));
  third.follow(replica);
  CHECK(third.info("master_link_status") == "down");
  CHECK(third.ask({"REPLICAOF", "no-such-host", "1"}).starts_with("-ERR the host must be"));
}

TEST_CASE("a node does not change its part in replication within a transaction") {
  Peer node;
  for (const Words& words : std::vector<Words>{{"REPLICAOF", "NO", "ONE"},
                                               {"SLAVEOF", "127.0.0.1", "1"},
                                               {"CACHEKIT.FOLLOW", "?", "0", "1", "0"},
                                               {"CACHEKIT.ACK", "0", "0", "0", "0", "0", "0"}}) {
    CHECK(node.ask({"MULTI"}) == "+OK\r\n");
    CHECK(node.ask(words).find("is not allowed in transactions") != std::string::npos);
    CHECK(node.ask({"EXEC"}).starts_with("-EXECABORT"));
  }
}

TEST_CASE("values larger than the backlog, and more changes than it holds, keep replicas") {
  Peer primary;
  Peer replica;
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  primary.ask({"SET", "large", std::string(40 << 20, 'L')});
  primary.ask({"SET", "large", std::string(20 << 20, 'M')});
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  std::string pipeline;
  for (int i = 0; i < 1000; ++i) {
    pipeline += test::encode_command({"SET", std::to_string(i), std::string(1000, 'v')});
  }
  const auto connection = primary.node.connect();
  for (int round = 0; round < 50; ++round) {
    REQUIRE(connection->send(pipeline));
    for (int i = 0; i < 1000; ++i) REQUIRE(connection->read_reply());
    // Half of the backlog at most, for on a busy machine a replica may have no turn for long.
    if (round % 8 == 7) REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  }
  require_equal(primary, replica);
  CHECK(primary.info("sync_full") == "1");
}

TEST_CASE("nothing that was answered is lost when a primary is stopped") {
  Peer replica;
  {
    Peer primary;
    replica.follow(primary);
    REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
    primary.ask_many(1000, [](int i) -> Words { return {"SET", std::to_string(i), "v"}; });
  }
  CHECK(becomes_true([&] { return replica.ask({"DBSIZE"}) == ":1000\r\n"; }));
}

TEST_CASE("ROLE and INFO tell who follows whom") {
  Peer primary;
  Peer replica;
  CHECK(primary.ask({"ROLE"}) == "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  primary.run("SET k v");
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  const auto port = std::to_string(replica.node.process().endpoint().port);
  const std::string offset = primary.info("master_repl_offset");
  CHECK(primary.info("slave0").starts_with("ip=127.0.0.1,port=" + port + ",state=online,offset="));
  CHECK(primary.ask({"ROLE"}).find(port) != std::string::npos);
  CHECK(replica.ask({"ROLE"}).starts_with("*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:"));
  CHECK(replica.ask({"ROLE"}).ends_with("$9\r\nconnected\r\n:" + offset + "\r\n"));
  CHECK(replica.info("master_replid") == primary.info("master_replid"));
}

TEST_CASE("a link that is cut goes on where it was") {
  test::RandomCommands commands(test::seed());
  Peer primary;
  Peer replica;
  change(primary, commands, 500);
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  for (int cut = 1; cut <= 3; ++cut) {
    cut_links(primary);
    change(primary, commands, 100);
    require_equal(primary, replica);
    CHECK(primary.info("sync_partial_ok") == std::to_string(cut));
  }
  CHECK(primary.info("sync_full") == "1");
}

TEST_CASE("a promoted replica goes on, and its sibling and the old primary need no copy") {
  test::RandomCommands commands(test::seed());
  Peer old_primary;
  Peer promoted;
  Peer sibling;
  change(old_primary, commands, 500);
  promoted.follow(old_primary);
  sibling.follow(old_primary);
  REQUIRE(becomes_true([&] { return promoted.is_linked(); }));
  REQUIRE(becomes_true([&] { return sibling.is_linked(); }));
  change(old_primary, commands, 100);
  const std::string last = old_primary.info("master_repl_offset");
  REQUIRE(becomes_true([&] {
    return promoted.info("slave_repl_offset") == last && sibling.info("slave_repl_offset") == last;
  }));
  REQUIRE(promoted.ask({"REPLICAOF", "NO", "ONE"}) == "+OK\r\n");
  CHECK(promoted.info("role") == "master");
  CHECK(promoted.info("second_repl_offset") == last);
  change(promoted, commands, 100);
  sibling.follow(promoted);
  require_equal(promoted, sibling);
  old_primary.follow(promoted);
  REQUIRE(becomes_true([&] {
    return old_primary.info("role") == "slave" && old_primary.info("master_link_status") == "up" &&
           old_primary.info("slave_repl_offset") == promoted.info("master_repl_offset");
  }));
  CHECK(contents_of(promoted) == contents_of(old_primary));
  CHECK(promoted.info("sync_full") == "0");
  CHECK(promoted.info("sync_partial_ok") == "2");
}

TEST_CASE("a primary with writes of its own that nobody else has discards them when it follows") {
  Peer old_primary;
  Peer promoted;
  old_primary.run("SET shared v");
  promoted.follow(old_primary);
  REQUIRE(becomes_true([&] { return promoted.is_level_with(old_primary); }));
  promoted.run("REPLICAOF NO ONE");
  old_primary.run("SET lost v");
  promoted.run("SET kept v");
  old_primary.follow(promoted);
  require_equal(promoted, old_primary);
  CHECK(old_primary.ask({"GET", "lost"}) == "$-1\r\n");
  CHECK(promoted.info("sync_partial_err") == "1");
}

TEST_CASE("a primary that dies leaves a replica that serves, and finds it again") {
  Peer replica;
  {
    Peer primary;
    primary.run("SET k v");
    replica.follow(primary);
    REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  }
  CHECK(becomes_true([&] { return replica.info("master_link_status") == "down"; }));
  CHECK(replica.ask({"GET", "k"}) == "$1\r\nv\r\n");
  CHECK(replica.ask({"SET", "k", "w"}).starts_with("-READONLY"));
}

TEST_CASE("WAIT answers when enough replicas have everything, or when its time is over") {
  using Clock = std::chrono::steady_clock;
  Peer primary;
  CHECK(primary.ask({"WAIT", "0", "0"}) == ":0\r\n");
  CHECK(primary.ask({"WAIT", "1", "50"}) == ":0\r\n");
  CHECK(primary.ask({"WAIT", "x", "50"}) == "-ERR value is not an integer or out of range\r\n");
  CHECK(primary.ask({"WAIT", "1", "-1"}) == "-ERR timeout is negative\r\n");
  Peer first;
  Peer second;
  first.follow(primary);
  second.follow(primary);
  REQUIRE(becomes_true([&] { return first.is_linked(); }));
  REQUIRE(becomes_true([&] { return second.is_linked(); }));
  CHECK(first.ask({"WAIT", "1", "50"}) == "-ERR WAIT cannot be used with replica instances.\r\n");
  const auto began = Clock::now();
  for (int i = 0; i < 100; ++i) {
    primary.run(fmt::format("SET k{} v", i));
    REQUIRE(primary.ask({"WAIT", "2", "20000"}) == ":2\r\n");
  }
  CHECK(Clock::now() - began < std::chrono::seconds(5));  // asked, not awaited by the heartbeat
  second.node.pause();
  primary.run("SET k v");
  const auto asked = Clock::now();
  CHECK(primary.ask({"WAIT", "2", "300"}) == ":1\r\n");
  CHECK(Clock::now() - asked >= std::chrono::milliseconds(290));

  // What comes behind a WAIT waits, and others do not.
  const auto waiting = primary.node.connect();
  REQUIRE(waiting->send("SET w 1\r\nWAIT 2 0\r\nGET w\r\n"));
  CHECK(waiting->read_reply() == "+OK\r\n");
  CHECK(primary.ask({"GET", "w"}) == "$1\r\n1\r\n");
  second.node.go_on();
  CHECK(waiting->read_reply() == ":2\r\n");
  CHECK(waiting->read_reply() == "$1\r\n1\r\n");

  // One that hangs up while it waits leaves nothing behind.
  second.node.pause();
  {
    const auto gone = primary.node.connect();
    REQUIRE(gone->send("SET w 2\r\nWAIT 2 0\r\n"));
    CHECK(gone->read_reply() == "+OK\r\n");
  }
  second.node.go_on();
  require_equal(primary, first);
}

TEST_CASE("a link authenticates where there is a password") {
  Peer primary({"--requirepass", "secret"});
  Peer replica({"--requirepass", "secret"});
  Peer stranger;
  CHECK(primary.ask({"AUTH", "secret"}) == "+OK\r\n");
  CHECK(replica.ask({"AUTH", "secret"}) == "+OK\r\n");
  primary.run("SET k v");
  replica.follow(primary);
  stranger.follow(primary);
  require_equal(primary, replica);
  CHECK(stranger.info("master_link_status") == "down");
  CHECK(stranger.ask({"DBSIZE"}) == ":0\r\n");
}

TEST_CASE("a primary evicts, and its replicas with it") {
  Peer primary({"--maxmemory", "4mb"});
  Peer replica;
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_linked(); }));
  const std::string value(500, 'v');
  const auto set = [&](int i) -> Words { return {"SET", fmt::format("key:{}", i), value}; };
  primary.ask_many(20'000, set);
  // It may still be on its way down to what its backlog has left it.
  REQUIRE(
      becomes_true([&] { return replica.info("evicted_keys") == primary.info("evicted_keys"); }));
  require_equal(primary, replica);
  CHECK(std::stoi(primary.info("evicted_keys")) > 1000);
  CHECK(primary.ask({"DBSIZE"}).size() >= std::string(":4000\r\n").size());
}

TEST_CASE("a replica that has not heard its primary answers no reads that must be newer") {
  Peer primary;
  Peer replica;
  primary.run("SET k v");
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  for (Peer* peer : {&primary, &replica}) {
    CHECK(peer->ask({"CACHEKIT.STALENESS", "-1"}).starts_with("-ERR "));
    CHECK(peer->ask({"CACHEKIT.STALENESS", "1000"}) == "+OK\r\n");
    CHECK(peer->ask({"GET", "k"}) == "$1\r\nv\r\n");
  }
  const auto other = replica.node.connect();
  primary.node.pause();
  CHECK(becomes_true([&] { return replica.ask({"GET", "k"}).starts_with("-MASTERDOWN "); }));
  CHECK(std::stoi(replica.info("slave_staleness_ms")) > 1000);
  CHECK(replica.ask({"PING"}) == "+PONG\r\n");
  CHECK(ask(*other, {"GET", "k"}) == "$1\r\nv\r\n");
  primary.node.go_on();
  CHECK(becomes_true([&] { return replica.ask({"GET", "k"}) == "$1\r\nv\r\n"; }));
  CHECK(primary.ask({"GET", "k"}) == "$1\r\nv\r\n");
}

TEST_CASE("a replica that stands still is left behind, and comes back by itself") {
  Peer primary;
  Peer replica;
  replica.follow(primary);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));
  replica.node.pause();
  // More than backlog and sockets hold.
  for (int i = 0; i < 60; ++i) {
    primary.ask(
        {"SET", std::to_string(i), std::string(1'000'000, static_cast<char>('a' + i % 26))});
  }
  replica.node.go_on();
  require_equal(primary, replica);
  CHECK(primary.info("sync_full") == "2");
}

}  // namespace
}  // namespace cachekit::conformance
