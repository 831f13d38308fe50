#include "tests/chaos/network/proxy_network.h"

#include <fmt/format.h>

#include <string>

#include "client/topology/document_file.h"

namespace cachekit::chaos {

using test::TcpProxy;

// The nodes have hosts of their own, where nobody else listens, and so the ports of their proxies.
ProxyNetwork::ProxyNetwork(std::size_t nodes) {
  for (std::size_t i = 0; i < nodes; ++i) {
    proxies_.push_back(std::make_unique<TcpProxy>(fmt::format("127.77.0.{}:0", i + 1), i));
    guest_proxies_.push_back(std::make_unique<TcpProxy>(proxies_.back()->target(), nodes + i));
  }
}

std::vector<LocalNodeOptions> ProxyNetwork::node_options() const {
  std::vector<LocalNodeOptions> options;
  for (const auto& proxy : proxies_) {
    options.push_back(
        {.address = proxy->target(), .listed_address = proxy->address(), .launcher = {}});
  }
  return options;
}

Status ProxyNetwork::cut(std::size_t node) {
  proxies_[node]->cut();
  guest_proxies_[node]->cut();
  return {};
}

Status ProxyNetwork::cut_from_guest(std::size_t node) {
  guest_proxies_[node]->cut();
  return {};
}

Status ProxyNetwork::heal(std::size_t node) {
  proxies_[node]->heal();
  guest_proxies_[node]->heal();
  return {};
}

Status ProxyNetwork::disturb(std::size_t node, const test::LinkState& state) {
  proxies_[node]->set(state);
  return {};
}

std::string ProxyNetwork::address_beside(std::size_t node, const std::string&) const {
  return proxies_[node]->target();
}

std::string ProxyNetwork::guest_address_of(const std::string& listed) const {
  for (std::size_t i = 0; i < proxies_.size(); ++i) {
    if (proxies_[i]->address() == listed) return guest_proxies_[i]->address();
  }
  return listed;
}

// A picture of now: the guest is not told of changes.
Result<std::string> ProxyNetwork::guest_url(const std::string&, const Topology& topology,
                                            const std::filesystem::path& folder) const {
  Topology seen = topology;
  for (Shard& shard : seen.shards) {
    shard.primary = guest_address_of(shard.primary);
    for (std::string& address : shard.replicas) address = guest_address_of(address);
    for (std::string& address : shard.absent) address = guest_address_of(address);
  }
  const std::filesystem::path path = folder / "guest.json";
  if (Status written = topology::write_file(path, to_json(seen)); !written.ok()) {
    return tl::unexpected(std::move(written));
  }
  return "file://" + path.string();
}

}  // namespace cachekit::chaos
