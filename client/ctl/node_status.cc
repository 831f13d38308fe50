#include "client/ctl/node_status.h"

#include <algorithm>
#include <charconv>

namespace cachekit::ctl {
namespace {

// The value of a `name:value` line; empty if there is none.
std::string_view field_of(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    std::string_view line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(info.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (line.substr(0, colon) == name && colon != std::string_view::npos) {
      return line.substr(colon + 1);
    }
  }
  return {};
}

std::uint64_t leading_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint64_t number_of(std::string_view info, std::string_view name) {
  return leading_number(field_of(info, name));
}

// "keys=12,expires=3,…"
std::uint64_t keys_of(std::string_view info) {
  constexpr std::string_view label = "keys=";
  const std::string_view keyspace = field_of(info, "db0");
  return keyspace.starts_with(label) ? leading_number(keyspace.substr(label.size())) : 0;
}

}  // namespace

NodeStatus status_from_info(std::string_view info) {
  return {std::string(field_of(info, "role")),
          keys_of(info),
          number_of(info, "used_memory"),
          number_of(info, "maxmemory"),
          number_of(info, "keyspace_hits"),
          number_of(info, "keyspace_misses"),
          number_of(info, "instantaneous_ops_per_sec")};
}

}  // namespace cachekit::ctl
