// Where another node listens, as arguments of a command.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "node/replication/replication.h"

namespace cachekit::node::commands {

std::optional<std::uint16_t> parse_port(std::string_view text);

/// The host must be a numeric address, or localhost: names are not resolved.
std::optional<replication::Address> parse_primary_address(std::string_view host,
                                                          std::string_view port);

}  // namespace cachekit::node::commands
