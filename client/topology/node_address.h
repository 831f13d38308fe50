// Where a node listens, as written in URLs and topology documents: "host:port", "[v6]:port" or
// "unix:/path". Syntax only; names are resolved when a connection is opened. Pure.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cachekit::topology {

struct NodeAddress {
  std::string host;  ///< Without brackets; empty for a Unix socket.
  std::uint16_t port = 0;
  std::string path;  ///< Of a Unix socket; otherwise empty.

  bool is_unix() const { return !path.empty(); }
  bool operator==(const NodeAddress&) const = default;
};

/// Longest path of a Unix socket in bytes: what sockaddr_un holds with its final zero.
inline constexpr std::size_t max_unix_path_bytes = 107;

/// Fails with what was found and what was expected: "the port of 'a:0' is not in 1 to 65535".
tl::expected<NodeAddress, std::string> parse_node_address(std::string_view text);

}  // namespace cachekit::topology
