#include "client/ctl/node_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, units[unit]);
}

std::string memory_text(const NodeStatus& status) {
  const std::string used = size_text(status.memory_bytes);
  if (status.memory_limit_bytes == 0) return used;
  return fmt::format("{} of {}", used, size_text(status.memory_limit_bytes));
}

std::string hit_ratio_text(const NodeStatus& status) {
  const std::uint64_t reads = status.hits + status.misses;
  if (reads == 0) return "-";
  return fmt::format("{:.1f} %",
                     100.0 * static_cast<double>(status.hits) / static_cast<double>(reads));
}

std::string line_text(const NodeLine& line, std::size_t shard_width, std::size_t address_width) {
  const std::string place =
      fmt::format("{:<{}}  {:<{}}", line.shard, shard_width, line.address, address_width);
  if (!line.status) return place + "  unreachable\n";
  const NodeStatus& status = *line.status;
  return fmt::format("{}  {:<7} {:>10} {:>9} {:>9}  {}\n", place, status.role, status.keys,
                     hit_ratio_text(status), status.operations_per_s, memory_text(status));
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

std::string status_table(const std::vector<NodeLine>& lines) {
  constexpr std::string_view shard_title = "shard";
  constexpr std::string_view address_title = "node";
  std::size_t shard_width = shard_title.size();
  std::size_t address_width = address_title.size();
  for (const NodeLine& line : lines) {
    shard_width = std::max(shard_width, line.shard.size());
    address_width = std::max(address_width, line.address.size());
  }
  std::string table =
      fmt::format("{:<{}}  {:<{}}  {:<7} {:>10} {:>9} {:>9}  {}\n", shard_title, shard_width,
                  address_title, address_width, "role", "keys", "hit ratio", "ops/s", "memory");
  for (const NodeLine& line : lines) table += line_text(line, shard_width, address_width);
  return table;
}

}  // namespace cachekit::ctl
