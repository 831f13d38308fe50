#include "cachekit/administration.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "client/topology/open_store.h"
#include "client/topology/url.h"

namespace cachekit {
namespace {

/// Each means that somebody else has changed the topology in the microseconds between reading and
/// writing.
constexpr int max_attempts = 100;

Result<std::unique_ptr<topology::Store>> open_changeable(std::string_view text) {
  const Result<topology::ClusterUrl> url = topology::parse_url(text);
  if (!url) return tl::unexpected(url.error());
  auto store = topology::open_store(*url);
  if (store) return store;
  return tl::unexpected(
      Status(Code::invalid_argument,
             "nobody can change a topology that is a URL; expected file:///path or "
             "etcd://host:2379/name"));
}

// What is written must be read again, by programs that know no better than to refuse it.
Status check_document(const Topology& topology) {
  const Result<Topology> read = parse_topology(to_json(topology));
  if (!read) return {Code::invalid_argument, read.error().message()};
  if (*read == topology) return {};
  return {Code::invalid_argument, "a name or an address is no text in UTF-8"};
}

// As it is once a replica has taken over.
Topology without_primary(Topology topology, std::string_view primary) {
  const auto shard = std::ranges::find(topology.shards, primary, &Shard::primary);
  if (shard != topology.shards.end() && !shard->replicas.empty()) {
    std::swap(shard->primary, shard->replicas.front());
  }
  return topology;
}

}  // namespace

Status create_topology(std::string_view url, const Topology& topology) {
  const auto store = open_changeable(url);
  if (!store) return store.error();
  if (Status checked = check_document(topology); !checked.ok()) return checked;
  const Result<bool> created = (*store)->create(topology);
  if (!created) return created.error();
  if (*created) return {};
  return {Code::invalid_argument, "something is there already, which is not overwritten"};
}

Result<Topology> read_topology(std::string_view url) {
  const auto store = open_changeable(url);
  if (!store) return tl::unexpected(store.error());
  return (*store)->read();
}

Result<Topology> change_topology(std::string_view url, const TopologyEdit& edit) {
  const auto store = open_changeable(url);
  if (!store) return tl::unexpected(store.error());
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    Result<Topology> present = (*store)->read();
    if (!present) return present;
    Result<Topology> next = edit(*present);
    if (!next) return next;
    next->version = present->version + 1;
    if (Status checked = check_document(*next); !checked.ok()) return tl::unexpected(checked);
    const Result<bool> swapped = (*store)->compare_and_swap(present->version, *next);
    if (!swapped) return tl::unexpected(swapped.error());
    if (*swapped) return next;
  }
  return tl::unexpected(
      Status(Code::unavailable,
             fmt::format("the topology was changed by others {} times in a row", max_attempts)));
}

Result<Topology> replace_node(std::string_view url, std::string_view node,
                              std::string_view successor, std::chrono::milliseconds limit,
                              AgentOptions options) {
  const auto store = open_changeable(url);
  if (!store) return tl::unexpected(store.error());
  Result<Topology> present = (*store)->read();
  if (!present) return present;
  // What must be refused is refused before anybody hands over.
  auto possible = with_node_replaced(without_primary(*present, node), node, successor);
  if (!possible) return possible;
  const auto led = std::ranges::find(present->shards, node, &Shard::primary);
  if (led != present->shards.end()) {
    Status handed = hand_over(url, led->name, {}, limit, std::move(options));
    if (!handed.ok()) return tl::unexpected(std::move(handed));
  }
  return change_topology(
      url, [&](const Topology& topology) { return with_node_replaced(topology, node, successor); });
}

}  // namespace cachekit
