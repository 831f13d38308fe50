#include "client/topology/node_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace cachekit::topology {
namespace {

constexpr std::string_view unix_prefix = "unix:";

tl::unexpected<std::string> bad_address(std::string sentence) {
  return tl::unexpected(std::move(sentence));
}

bool belongs_in_host(char c) {
  return c > ' ' && c != '/' && c != '@' && c != ',' && c != '[' && c != ']' && c != '=' &&
         c != '?' && c != '#' && c != 127;
}

tl::expected<NodeAddress, std::string> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(unix_prefix.size());
  if (path.empty() || path.front() != '/') {
    return bad_address(fmt::format("'{}' needs an absolute path after 'unix:'", text));
  }
  if (path.size() > max_unix_path_bytes) {
    return bad_address(fmt::format("the path of '{}' has {} bytes; a Unix socket's has at most {}",
                                   text, path.size(), max_unix_path_bytes));
  }
  if (path.find('\0') != std::string_view::npos) {
    return bad_address("the path of a Unix socket contains a zero byte");
  }
  return NodeAddress{.host = {}, .port = 0, .path = std::string(path)};
}

/// Where the colon before the port stands; npos if the text is not of that form.
std::size_t port_colon(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    const bool followed =
        bracket != std::string_view::npos && bracket + 1 < text.size() && text[bracket + 1] == ':';
    return followed ? bracket + 1 : std::string_view::npos;
  }
  return text.find(':');
}

}  // namespace

tl::expected<NodeAddress, std::string> parse_node_address(std::string_view text) {
  if (text.starts_with(unix_prefix)) return parse_unix(text);

  const std::size_t colon = port_colon(text);
  if (colon == std::string_view::npos) {
    return bad_address(fmt::format("'{}' has no port; expected 'host:port'", text));
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (digits.find(':') != std::string_view::npos) {
    return bad_address(
        fmt::format("'{}' has more than one colon; an IPv6 host stands in brackets", text));
  }
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return bad_address(fmt::format("'{}' has no host; expected 'host:port'", text));
  if (!std::all_of(host.begin(), host.end(), belongs_in_host)) {
    return bad_address(fmt::format("the host of '{}' contains a character that no host has", text));
  }
  std::uint32_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || read_to != end || port == 0 || port > 65535) {
    return bad_address(fmt::format("the port of '{}' is not in 1 to 65535", text));
  }
  return NodeAddress{
      .host = std::string(host), .port = static_cast<std::uint16_t>(port), .path = {}};
}

}  // namespace cachekit::topology
