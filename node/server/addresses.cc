#include "node/server/addresses.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>

namespace cachekit::node {
namespace {

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (address.ss_family == AF_INET6) {
    uv_ip6_name(reinterpret_cast<const sockaddr_in6*>(&address), host.data(), host.size());
    return fmt::format("[{}]:{}", host.data(), port_of(address));
  }
  uv_ip4_name(reinterpret_cast<const sockaddr_in*>(&address), host.data(), host.size());
  return fmt::format("{}:{}", host.data(), port_of(address));
}

}  // namespace

std::string peer_address(const uv_tcp_t& socket) {
  sockaddr_storage address{};
  int size = sizeof(address);
  if (uv_tcp_getpeername(&socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return text_of(address);
}

std::string local_address(const uv_tcp_t& socket) {
  sockaddr_storage address{};
  int size = sizeof(address);
  if (uv_tcp_getsockname(&socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return text_of(address);
}

tl::expected<sockaddr_storage, std::string> parse_address(std::string_view host,
                                                          std::uint16_t port) {
  sockaddr_storage address{};
  const std::string text(host);
  if (uv_ip4_addr(text.c_str(), port, reinterpret_cast<sockaddr_in*>(&address)) == 0) {
    return address;
  }
  if (uv_ip6_addr(text.c_str(), port, reinterpret_cast<sockaddr_in6*>(&address)) == 0) {
    return address;
  }
  return tl::unexpected(
      fmt::format("'{}' is not a numeric IPv4 or IPv6 address to bind, such as 127.0.0.1", host));
}

std::uint16_t port_of(const uv_tcp_t& socket) {
  sockaddr_storage address{};
  int size = sizeof(address);
  if (uv_tcp_getsockname(&socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return port_of(address);
}

}  // namespace cachekit::node
