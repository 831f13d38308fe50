#include "node/commands/addresses.h"

#include <arpa/inet.h>

#include <limits>
#include <string>

#include "node/commands/numbers.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

bool is_numeric_address(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < 0 || *number > std::numeric_limits<std::uint16_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(*number);
}

std::optional<replication::Address> parse_primary_address(std::string_view host,
                                                          std::string_view port) {
  const auto number = parse_port(port);
  const std::string address = same_word(host, "localhost") ? "127.0.0.1" : std::string(host);
  if (!number || *number == 0 || !is_numeric_address(address)) return std::nullopt;
  return replication::Address{address, *number};
}

}  // namespace cachekit::node::commands
