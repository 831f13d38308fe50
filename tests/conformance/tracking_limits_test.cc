// What bounds the tracking of a node, and where invalidations come from besides commands: expiry,
// eviction, a primary.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/conformance/peer.h"
#include "tests/conformance/tracked_server.h"

namespace cachekit::conformance {
namespace {

using test::RespConnection;

const std::string flush = ">2\r\n$10\r\ninvalidate\r\n_\r\n";

// A connection of RESP3 that tracks with these options.
std::unique_ptr<RespConnection> tracker(Peer& peer, const Words& options = {}) {
  auto connection = peer.node.connect();
  REQUIRE(ask(*connection, {"HELLO", "3"}).starts_with('%'));
  Words words{"CLIENT", "TRACKING", "ON"};
  words.insert(words.end(), options.begin(), options.end());
  REQUIRE(ask(*connection, words) == "+OK\r\n");
  return connection;
}

std::string heard(RespConnection& connection) {
  return connection.read_reply().value_or("nothing");
}

TEST_CASE("what expires by itself is told, though nobody asks for it") {
  Peer peer;
  const auto reader = tracker(peer);
  peer.ask({"SET", "k", "v", "PX", "50"});
  ask(*reader, {"GET", "k"});
  CHECK(heard(*reader) == invalidation({"k"}));
}

TEST_CASE("what is evicted is told") {
  Peer peer({"--maxmemory", "24mb", "--eviction", "lru"});
  const auto reader = tracker(peer);
  peer.ask({"SET", "k", "v"});
  ask(*reader, {"GET", "k"});
  const std::string value(100'000, 'x');
  for (int i = 0; i < 400; ++i) REQUIRE(peer.ask({"SET", std::to_string(i), value}) == "+OK\r\n");
  CHECK(std::stoul(peer.info("evicted_keys")) > 0);
  CHECK(heard(*reader) == invalidation({"k"}));
}

TEST_CASE("the table keeps its limit, and counts as memory") {
  Peer peer({"--tracking-table-max-keys", "1000"});
  const auto reader = tracker(peer);
  const auto before = std::stoul(peer.info("mem_clients_normal"));
  std::string pipeline;
  for (int i = 0; i < 5'000; ++i) pipeline += test::encode_command({"GET", fmt::format("k{}", i)});
  REQUIRE(reader->send(pipeline));
  int replies = 0;
  int messages = 0;
  while (replies < 5'000 || messages < 4'000) {
    const std::string reply = heard(*reader);
    REQUIRE(reply != "nothing");
    ++(reply == "_\r\n" ? replies : messages);
  }
  CHECK(peer.info("tracking_total_keys") == "1000");
  CHECK(peer.info("tracking_total_items") == "1000");
  const auto after = std::stoul(peer.info("mem_clients_normal"));
  CHECK(after > before + 1'000 * 16);
  CHECK(after < before + 1'000 * 200);
  CHECK(peer.ask({"CONFIG", "SET", "tracking-table-max-keys", "10"}) == "+OK\r\n");
  CHECK(becomes_true([&] { return peer.info("tracking_total_keys") == "10"; }));
}

TEST_CASE("a listener that does not read is closed at the limit, and memory stays bounded") {
  Peer peer({"--invalidation-buffer-limit", "1mb"});
  const auto listener = tracker(peer, {"BCAST"});
  const auto reader = tracker(peer, {"REDIRECT", "2"});
  const std::size_t before = peer.node.process().resident_bytes();
  const std::string key(10'000, 'k');
  std::string pipeline;
  for (int i = 0; i < 100; ++i) pipeline += test::encode_command({"SET", key, "v"});
  std::size_t most = 0;
  const bool closed = becomes_true([&] {
    auto writer = peer.node.connect();
    writer->send(pipeline);
    for (int i = 0; i < 100; ++i) writer->read_reply();
    most = std::max(most, peer.node.process().resident_bytes());
    return peer.info("connected_clients") == "3" || peer.info("tracking_clients") == "1";
  });
  CHECK(closed);
  CHECK(most < before + overhead_bytes);
  CHECK(peer.info("tracking_clients") == "1");
  CHECK(peer.node.process().output_tail().find("invalidation-buffer-limit") != std::string::npos);
  ask(*reader, {"GET", "a"});
  peer.ask({"SET", "a", "1"});
  CHECK(heard(*reader) == ">2\r\n$21\r\ntracking-redir-broken\r\n:2\r\n");
}

TEST_CASE("a killed redirect target breaks the redirection") {
  Peer peer;
  auto target = peer.node.connect();
  const std::string id = ask(*target, {"CLIENT", "ID"}).substr(1, 1);
  ask(*target, {"SUBSCRIBE", "__redis__:invalidate"});
  const auto old = peer.node.connect();
  REQUIRE(ask(*old, {"CLIENT", "TRACKING", "ON", "REDIRECT", id}) == "+OK\r\n");
  const auto reader = tracker(peer, {"REDIRECT", id});
  CHECK(peer.ask({"CLIENT", "KILL", "TYPE", "pubsub"}) == ":1\r\n");
  CHECK(target->read_until_closed().has_value());
  ask(*old, {"GET", "k"});
  ask(*reader, {"GET", "k"});
  peer.ask({"SET", "k", "v"});
  CHECK(heard(*reader) == fmt::format(">2\r\n$21\r\ntracking-redir-broken\r\n:{}\r\n", id));
  CHECK(ask(*old, {"CLIENT", "TRACKINGINFO"}).find("broken_redirect") != std::string::npos);
}

TEST_CASE("the primary's writes invalidate what clients of a replica have read") {
  Peer primary;
  Peer replica;
  primary.ask({"SET", "k", "1"});
  const auto reader = tracker(replica);
  const auto listener = tracker(replica, {"BCAST", "PREFIX", "k"});
  replica.follow(primary);
  CHECK(heard(*reader) == flush);  // another role
  CHECK(heard(*reader) == flush);  // what was there is dropped for the copy
  CHECK(heard(*listener) == flush);
  CHECK(heard(*listener) == flush);
  REQUIRE(becomes_true([&] { return replica.is_level_with(primary); }));

  CHECK(ask(*reader, {"GET", "k"}) == "$1\r\n1\r\n");
  primary.ask({"SET", "k", "2"});
  CHECK(heard(*reader) == invalidation({"k"}));
  CHECK(heard(*listener) == invalidation({"k"}));  // and nothing of the copy
  CHECK(ask(*reader, {"GET", "k"}) == "$1\r\n2\r\n");
  primary.ask({"SET", "k", "3", "PX", "50"});
  CHECK(heard(*reader) == invalidation({"k"}));
  ask(*reader, {"EXISTS", "k"});
  CHECK(heard(*reader) == invalidation({"k"}));  // it has expired there
  primary.ask({"FLUSHALL"});
  CHECK(heard(*reader) == flush);
  ask(*reader, {"GET", "k"});
  CHECK(replica.ask({"REPLICAOF", "NO", "ONE"}) == "+OK\r\n");
  CHECK(heard(*reader) == flush);
}

TEST_CASE("flushing a large table does not stall the node, and gives the memory back") {
  Peer peer({"--tracking-table-max-keys", "0", "--measure-turns"});
  const auto reader = tracker(peer);
  constexpr int keys = 100'000;
  constexpr int keys_at_once = 1'000;
  for (int i = 0; i < keys; i += keys_at_once) {
    Words read{"EXISTS"};
    for (int k = i; k < i + keys_at_once; ++k) read.push_back(fmt::format("key:{}", k));
    REQUIRE(ask(*reader, read) == ":0\r\n");
  }
  CHECK(peer.info("tracking_total_keys") == std::to_string(keys));
  const auto full = std::stoul(peer.info("mem_clients_normal"));
  CHECK(full > std::size_t{keys} * 30);
  peer.ask({"FLUSHALL"});
  CHECK(heard(*reader) == flush);
  CHECK(peer.info("tracking_total_keys") == "0");
  CHECK(becomes_true(
      [&] { return std::stoul(peer.info("mem_clients_normal")) < full - std::size_t{keys} * 30; }));
}

}  // namespace
}  // namespace cachekit::conformance
