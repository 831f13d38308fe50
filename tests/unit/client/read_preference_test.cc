#include "client/routing/read_preference.h"

#include <doctest/doctest.h>

#include <set>

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;

NodeList three_nodes() {
  NodeList nodes;
  for (const char* name : {"p", "r1", "r2"}) {
    nodes.push_back(std::make_shared<io::Node>(name, topology::NodeAddress{},
                                               io::ConnectionLimits{.alone = 1}));
  }
  return nodes;
}

std::set<std::size_t> choices(ReadPolicy policy, const NodeList& nodes) {
  const ReadPreference preference(policy, 5s);
  std::set<std::size_t> chosen;
  for (double random = 0; random < 1; random += 0.01) {
    chosen.insert(preference.choose(nodes, random));
  }
  return chosen;
}

TEST_CASE("a policy chooses among the nodes that it means") {
  const NodeList nodes = three_nodes();
  CHECK(choices(ReadPolicy::primary, nodes) == std::set<std::size_t>{0});
  CHECK(choices(ReadPolicy::prefer_replica, nodes) == std::set<std::size_t>{1, 2});
  CHECK(choices(ReadPolicy::any, nodes) == std::set<std::size_t>{0, 1, 2});
}

TEST_CASE(
    "the nearest is the one that has answered most quickly, and the others are tried at times") {
  const NodeList nodes = three_nodes();
  for (int i = 0; i < 100; ++i) {
    nodes[0]->latency().note(300us);
    nodes[1]->latency().note(200us);
    nodes[2]->latency().note(500us);
  }
  const ReadPreference preference(ReadPolicy::nearest, 5s);
  for (double random = ReadPreference::exploring_share; random < 1; random += 0.01) {
    CHECK(preference.choose(nodes, random) == 1);
  }
  std::set<std::size_t> explored;
  for (int i = 0; i < 10; ++i) {
    explored.insert(preference.choose(nodes, i * ReadPreference::exploring_share / 10));
  }
  CHECK(explored == std::set<std::size_t>{0, 1, 2});
}

TEST_CASE("a node that fails is near no more, until it answers again") {
  const NodeList nodes = three_nodes();
  const ReadPreference preference(ReadPolicy::nearest, 5s);
  nodes[0]->latency().note(300us);
  nodes[1]->latency().note(200us);
  nodes[2]->latency().note(500us);
  nodes[1]->latency().note_failure(0us);
  CHECK(preference.choose(nodes, 0.5) == 0);
  for (int i = 0; i < 100; ++i) nodes[1]->latency().note(200us);
  CHECK(preference.choose(nodes, 0.5) == 1);
}

}  // namespace
}  // namespace cachekit::routing
