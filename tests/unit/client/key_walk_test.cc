#include "client/api/key_walk.h"

#include <doctest/doctest.h>

#include <set>

namespace cachekit::api {
namespace {

using api::KeyWalk;
using routing::ClusterView;

Topology three_shards() {
  Topology topology;
  for (const char* name : {"s2", "s1", "s3"}) {
    topology.shards.push_back({.name = name, .primary = std::string(name) + ":1"});
  }
  return topology;
}

std::shared_ptr<const ClusterView> view_of(const Topology& topology) {
  return *ClusterView::build(topology, io::ConnectionLimits{.alone = 1});
}

/// Keys "k0", "k1", … that lie on the shard of this name.
std::vector<std::string> keys_on(const Topology& topology, std::string_view name, int count) {
  const auto view = view_of(topology);
  std::vector<std::string> keys;
  for (int i = 0; count > 0; ++i) {
    std::string key = "k" + std::to_string(i);
    if (topology.shards[view->shard_of(key)].name != name) continue;
    keys.push_back(std::move(key));
    --count;
  }
  return keys;
}

/// What the walk asks next, as in "s1:1 from 0".
std::string asks(KeyWalk& walk, const Topology& topology) {
  const KeyWalk::Step step = walk.step(view_of(topology));
  return step.node + " from " + std::to_string(step.cursor);
}

TEST_CASE("a walk asks the primaries of all shards, one after the other") {
  KeyWalk walk;
  const Topology topology = three_shards();
  CHECK(asks(walk, topology) == "s1:1 from 0");
  CHECK(walk.take({.cursor = 7}).empty());
  CHECK(asks(walk, topology) == "s1:1 from 7");
  walk.take({.cursor = 0});
  CHECK(asks(walk, topology) == "s2:1 from 0");
  walk.take({.cursor = 0});
  CHECK(asks(walk, topology) == "s3:1 from 0");
  walk.take({.cursor = 9});
  CHECK(!walk.done());
  CHECK(asks(walk, topology) == "s3:1 from 9");
  walk.take({.cursor = 0});
  CHECK(walk.done());
}

TEST_CASE("a step without an answer is asked again") {
  KeyWalk walk;
  asks(walk, three_shards());
  walk.take({.cursor = 7});
  CHECK(asks(walk, three_shards()) == "s1:1 from 7");
  CHECK(asks(walk, three_shards()) == "s1:1 from 7");
}

TEST_CASE("keys of other shards are not told") {
  KeyWalk walk;
  const Topology topology = three_shards();
  const auto own = keys_on(topology, "s1", 3);
  std::vector<std::string> all = own;
  for (const auto& key : keys_on(topology, "s2", 2)) all.push_back(key);
  asks(walk, topology);
  CHECK(walk.take({.cursor = 0, .items = all}) == own);
}

TEST_CASE("the walk over a shard starts again under another primary, and only that") {
  KeyWalk walk;
  Topology topology = three_shards();
  asks(walk, topology);
  walk.take({.cursor = 0});
  CHECK(asks(walk, topology) == "s2:1 from 0");
  walk.take({.cursor = 5});

  topology.shards[1].primary = "s1:2";  // walked over already
  topology.shards[2].primary = "s3:2";  // to come
  CHECK(asks(walk, topology) == "s2:1 from 5");
  topology.shards[0].primary = "s2:2";
  CHECK(asks(walk, topology) == "s2:2 from 0");
  walk.take({.cursor = 6});
  topology.shards[0].epoch += 2;  // it was another one's meanwhile
  CHECK(asks(walk, topology) == "s2:2 from 0");
  walk.take({.cursor = 0});
  CHECK(asks(walk, topology) == "s3:2 from 0");
}

TEST_CASE("the whole walk starts again when keys belong elsewhere") {
  const auto walk_of_two_steps = [] {
    KeyWalk walk;
    asks(walk, three_shards());
    walk.take({.cursor = 0});
    asks(walk, three_shards());
    walk.take({.cursor = 5});
    return walk;
  };
  Topology more = three_shards();
  more.shards.push_back({.name = "s0", .primary = "s0:1"});
  KeyWalk walk = walk_of_two_steps();
  CHECK(asks(walk, more) == "s0:1 from 0");

  Topology fewer = three_shards();
  fewer.shards.erase(fewer.shards.begin());
  walk = walk_of_two_steps();
  CHECK(asks(walk, fewer) == "s1:1 from 0");

  Topology heavier = three_shards();
  heavier.shards[0].weight = 2;
  walk = walk_of_two_steps();
  CHECK(asks(walk, heavier) == "s1:1 from 0");

  Topology reordered = three_shards();
  std::swap(reordered.shards[0], reordered.shards[2]);
  reordered.version = 9;
  walk = walk_of_two_steps();
  CHECK(asks(walk, reordered) == "s2:1 from 5");
}

TEST_CASE("what moves to a shard that has been walked over is told all the same") {
  KeyWalk walk;
  const Topology before = three_shards();
  Topology after = before;
  after.shards.pop_back();  // s3, whose keys s1 and s2 have kept from an earlier time
  std::set<std::string> told;
  const auto tell = [&](const Topology& topology) {
    asks(walk, topology);
    ScanPage<std::string> page;
    for (const char* name : {"s1", "s2", "s3"}) {
      for (const auto& key : keys_on(before, name, 20)) page.items.push_back(key);
    }
    for (const auto& key : walk.take(std::move(page))) told.insert(key);
  };
  tell(before);
  tell(before);
  while (!walk.done()) tell(after);
  CHECK(told.size() == 60);
}

}  // namespace
}  // namespace cachekit::api
