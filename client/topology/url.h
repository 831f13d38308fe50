// Reads the URL of a cluster; see Client::connect for its forms. Pure: no file is opened and no
// name resolved here.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/status.h"

namespace cachekit::topology {

struct UrlShard {
  std::string name;
  std::string address;

  bool operator==(const UrlShard&) const = default;
};

/// A topology in etcd.
struct EtcdPlace {
  std::vector<std::string> members = {};  ///< "host:port", "[v6]:port".
  std::string name = {};                  ///< Of the cluster.

  // What etcd itself asks for; nodes never see it.
  std::string user = {};
  std::string password = {};

  std::string key() const { return "cachekit/" + name + "/topology"; }

  bool operator==(const EtcdPlace&) const = default;
};

struct ClusterUrl {
  enum class Kind : std::uint8_t { list, file, nodes, etcd };

  Kind kind = Kind::list;
  std::vector<UrlShard> shards;  ///< Of a list; of nodes, those to ask.
  std::string path;              ///< Of a file.
  EtcdPlace etcd;                ///< Of etcd.

  // For the nodes.
  std::string user;
  std::string password;
};

/// Fails with invalid_argument. The sentence shows no part of the URL in which a password may
/// stand.
Result<ClusterUrl> parse_url(std::string_view url);

}  // namespace cachekit::topology
