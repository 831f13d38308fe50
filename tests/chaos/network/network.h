// What lies between a cluster's nodes and everybody else, and how it is cut.
//
// A network is there before its cluster, and outlives it. Besides nodes and those who use them it
// knows a guest: a client of its own, which can be cut from a node while all others are not. This
// one is the plain loopback interface, where nothing can be cut.
//
// Thread rule: one thread; any for the const functions.

#pragma once

#include <cachekit/local_cluster.h>
#include <cachekit/topology.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/tcp_proxy.h"

namespace cachekit::chaos {

class Network {
 public:
  virtual ~Network() = default;

  /// What the nodes are started with, by their place in the cluster.
  virtual std::vector<LocalNodeOptions> node_options() const { return {}; }

  /// Cuts a node, by its place, from everybody; or from the guest only.
  virtual Status cut(std::size_t) { return cannot("cut"); }
  virtual Status cut_from_guest(std::size_t) { return cannot("cut"); }
  virtual Status heal(std::size_t) { return cannot("healed"); }

  /// Delays, losses and slowness of the link to a node.
  virtual Status disturb(std::size_t, const test::LinkState&) { return cannot("disturbed"); }

  /// Where the node of this listed address is reached from beside it, cut or not, by a thread that
  /// has gone there.
  virtual std::string address_beside(std::size_t node, const std::string& listed) const;
  virtual Status go_beside(std::size_t node) const;

  /// The cluster as the guest sees it, in threads that have become the guest's. The folder is for
  /// a document that describes that.
  virtual Result<std::string> guest_url(const std::string& url, const Topology& topology,
                                        const std::filesystem::path& folder) const;
  virtual Status become_guest() const { return {}; }

 private:
  static Status cannot(const char* what);
};

}  // namespace cachekit::chaos
