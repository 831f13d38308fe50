#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cachekit/administration.h"

namespace cachekit {
namespace {

using Addresses = std::vector<std::string>;

// s1 with a replica and an absent node, and s2 alone.
Topology example_topology() {
  return {.version = 7,
          .ring_points = 64,
          .shards = {
              {.name = "s1", .epoch = 3, .primary = "h:1", .replicas = {"h:2"}, .absent = {"h:3"}},
              {.name = "s2", .primary = "h:4"}}};
}

std::string refusal(const Result<Topology>& edited) {
  REQUIRE_FALSE(edited);
  CHECK(edited.error().code() == Code::invalid_argument);
  return edited.error().message();
}

std::string refusal_of_shard(Shard shard) {
  return refusal(with_shard(example_topology(), std::move(shard)));
}

std::string refusal_of_replacing(std::string_view node, std::string_view successor) {
  return refusal(with_node_replaced(example_topology(), node, successor));
}

TEST_CASE("a shard is added behind the others, which stay as they are") {
  const Shard shard{.name = "s3", .primary = "h:5", .replicas = {"h:6", "[::1]:7"}};
  const auto edited = with_shard(example_topology(), shard);
  REQUIRE(edited);
  Topology expected = example_topology();
  expected.shards.push_back(shard);
  CHECK(*edited == expected);
}

TEST_CASE("a shard needs a name of its own") {
  CHECK(refusal_of_shard({.primary = "h:5"}) == "the name of the shard is empty");
  CHECK(refusal_of_shard({.name = "s2", .primary = "h:5"}) ==
        "the topology has a shard 's2' already");
}

TEST_CASE("a shard needs addresses that make sense") {
  CHECK(refusal_of_shard({.name = "s3"}) == "'' has no port; expected 'host:port'");
  CHECK(refusal_of_shard({.name = "s3", .primary = "h:0"}) ==
        "the port of 'h:0' is not in 1 to 65535");
  CHECK(refusal_of_shard({.name = "s3", .primary = "h:5", .replicas = {"h"}}) ==
        "'h' has no port; expected 'host:port'");
}

TEST_CASE("a shard's nodes belong to no other, whatever they are there, and stand in it once") {
  CHECK(refusal_of_shard({.name = "s3", .primary = "h:4"}) ==
        "node 'h:4' belongs to shard 's2' already");
  CHECK(refusal_of_shard({.name = "s3", .primary = "h:5", .replicas = {"h:2"}}) ==
        "node 'h:2' belongs to shard 's1' already");
  CHECK(refusal_of_shard({.name = "s3", .primary = "h:3"}) ==
        "node 'h:3' belongs to shard 's1' already");
  CHECK(refusal_of_shard({.name = "s3", .primary = "h:5", .replicas = {"h:6", "h:5"}}) ==
        "node 'h:5' is named twice");
}

TEST_CASE("a shard without room on the ring is refused") {
  const std::string sentence = refusal_of_shard({.name = "s3", .weight = 1e12, .primary = "h:5"});
  CHECK(sentence.find("points") != std::string::npos);
}

TEST_CASE("a shard is removed, and its nodes with it") {
  const auto edited = without_shard(example_topology(), "s1");
  REQUIRE(edited);
  Topology expected = example_topology();
  expected.shards.erase(expected.shards.begin());
  CHECK(*edited == expected);
}

TEST_CASE("what is no shard, or the last one, is not removed") {
  CHECK(refusal(without_shard(example_topology(), "s3")) == "the topology has no shard 's3'");
  const auto last = without_shard(example_topology(), "s1");
  REQUIRE(last);
  CHECK(refusal(without_shard(*last, "s2")) ==
        "'s2' is the last shard; a cluster has at least one");
}

TEST_CASE("who replaces a replica is absent at first, and a new epoch frees the primary from it") {
  const auto edited = with_node_replaced(example_topology(), "h:2", "h:5");
  REQUIRE(edited);
  const Shard& shard = edited->shards.front();
  CHECK(shard.primary == "h:1");
  CHECK(shard.replicas.empty());
  CHECK(shard.absent == Addresses{"h:3", "h:5"});
  CHECK(shard.epoch == 4);
  CHECK(edited->shards.back() == example_topology().shards.back());
  CHECK(edited->version == 7);
}

TEST_CASE("who replaces an absent node takes its place, and the epoch goes on") {
  const auto edited = with_node_replaced(example_topology(), "h:3", "h:5");
  REQUIRE(edited);
  const Shard& shard = edited->shards.front();
  CHECK(shard.replicas == Addresses{"h:2"});
  CHECK(shard.absent == Addresses{"h:5"});
  CHECK(shard.epoch == 3);
}

TEST_CASE("a primary is replaced only after another has taken over") {
  CHECK(refusal_of_replacing("h:1", "h:5") ==
        "'h:1' is the primary of shard 's1', and a replica must take over first");
  CHECK(refusal_of_replacing("h:4", "h:5") ==
        "'h:4' is the primary of shard 's2', and no replica could take over");
}

TEST_CASE("a node that is not there is not replaced, nor one by a node that serves already") {
  CHECK(refusal_of_replacing("h:9", "h:5") == "the topology has no node 'h:9'");
  CHECK(refusal_of_replacing("h:2", "h:4") == "node 'h:4' belongs to shard 's2' already");
  CHECK(refusal_of_replacing("h:2", "h:2") == "node 'h:2' belongs to shard 's1' already");
  CHECK(refusal_of_replacing("h:2", "nowhere") == "'nowhere' has no port; expected 'host:port'");
}

}  // namespace
}  // namespace cachekit
