// A network of namespaces: each node has one of its own, and so has the guest; a bridge joins them,
// and rules of nft inside a node's namespace drop what goes in and out.
//
// None of them has a name. They belong to this process and its nodes, and so does the one with the
// bridge, into which this process moves; all go with the last of them, however that ends, and
// nothing is changed outside. Needs root, and the programs ip, nft and nsenter.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/network/network.h"

namespace cachekit::chaos {

class NamespaceNetwork final : public Network {
 public:
  /// Before this process has a second thread. Fails with unavailable where it may not, or a program
  /// is missing.
  static Result<std::unique_ptr<NamespaceNetwork>> open(std::size_t nodes);
  ~NamespaceNetwork() override;

  std::vector<LocalNodeOptions> node_options() const override;

  Status cut(std::size_t node) override;
  Status cut_from_guest(std::size_t node) override;
  Status heal(std::size_t node) override;

  Status go_beside(std::size_t node) const override { return enter(node); }
  Status become_guest() const override { return enter(spaces_.size() - 1); }

 private:
  NamespaceNetwork() = default;

  Status lay_bridge();
  Status join(std::size_t place);
  Status enter(std::size_t place) const;
  Status drop(std::size_t node, const std::string& incoming, const std::string& outgoing);

  std::vector<int> spaces_;  // descriptors; the last is the guest's
};

}  // namespace cachekit::chaos
