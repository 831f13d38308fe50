#include "tests/chaos/faults/fault.h"

#include "tests/chaos/faults/kinds.h"

namespace cachekit::chaos {
namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<Fault> (*make)(const Scene& scene);
};

constexpr Kind fault_kinds[] = {
    {"none", make_nothing},
    {"kill", make_kill},
    {"pause", make_pause},
    {"restart", make_rolling_restart},
    {"agent-kill", make_agent_kill},
    {"etcd-kill", make_etcd_kill},
    {"etcd-gone", make_etcd_gone},
    {"partition", make_partition},
    {"client-partition", make_client_partition},
    {"delay", make_delay},
    {"slow-replica", make_slow_replica},
};

}  // namespace

std::size_t Scene::index_of(const std::string& address) const {
  const std::vector<LocalNode> nodes = cluster.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].address == address) return i;
  }
  return nodes.size();
}

std::string Scene::primary_of(std::size_t shard) const {
  return client.topology().shards[shard].primary;
}

std::filesystem::path Scene::folder() const {
  return std::filesystem::path(cluster.url().substr(std::string_view("file://").size()))
      .parent_path();
}

void Fault::add_to(Report&, Workload&, double) const {}

std::vector<std::string> fault_names() {
  std::vector<std::string> names;
  for (const Kind& kind : fault_kinds) names.emplace_back(kind.name);
  return names;
}

std::unique_ptr<Fault> make_fault(std::string_view name, const Scene& scene) {
  for (const Kind& kind : fault_kinds) {
    if (kind.name == name) return kind.make(scene);
  }
  return nullptr;
}

}  // namespace cachekit::chaos
