// Socket addresses as text: "127.0.0.1:7379", "[::1]:7379".

#pragma once

#include <uv.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cachekit::node {

/// Empty if the socket has none.
std::string peer_address(const uv_tcp_t& socket);
std::string local_address(const uv_tcp_t& socket);

/// A numeric IPv4 or IPv6 address and a port; otherwise a sentence.
tl::expected<sockaddr_storage, std::string> parse_address(std::string_view host,
                                                          std::uint16_t port);

/// The port of an address of either kind.
std::uint16_t port_of(const uv_tcp_t& socket);

}  // namespace cachekit::node
