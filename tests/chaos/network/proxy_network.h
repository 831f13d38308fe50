// A network of TCP proxies: the topology lists one before each node, and the guest's document
// another.
//
// Whoever is beside a node goes to its own address. A node itself dials nobody but its primary, so
// a primary whose proxy is cut is cut off; of a replica only what others ask it is.

#pragma once

#include <memory>
#include <vector>

#include "tests/chaos/network/network.h"

namespace cachekit::chaos {

class ProxyNetwork final : public Network {
 public:
  explicit ProxyNetwork(std::size_t nodes);

  std::vector<LocalNodeOptions> node_options() const override;

  Status cut(std::size_t node) override;
  Status cut_from_guest(std::size_t node) override;
  Status heal(std::size_t node) override;
  Status disturb(std::size_t node, const test::LinkState& state) override;

  std::string address_beside(std::size_t node, const std::string& listed) const override;
  Result<std::string> guest_url(const std::string& url, const Topology& topology,
                                const std::filesystem::path& folder) const override;

 private:
  std::string guest_address_of(const std::string& listed) const;

  std::vector<std::unique_ptr<test::TcpProxy>> proxies_;
  std::vector<std::unique_ptr<test::TcpProxy>> guest_proxies_;
};

}  // namespace cachekit::chaos
