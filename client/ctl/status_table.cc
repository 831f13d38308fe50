#include "client/ctl/status_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace cachekit::ctl {
namespace {

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, units[unit]);
}

std::string memory_text(const NodeStatus& status) {
  std::string used = size_text(status.memory_bytes);
  if (status.memory_limit_bytes == 0) return used;
  return fmt::format("{} of {}", used, size_text(status.memory_limit_bytes));
}

std::string hit_ratio_text(const NodeStatus& status) {
  const std::uint64_t reads = status.hits + status.misses;
  if (reads == 0) return "-";
  return fmt::format("{:.1f} %",
                     100.0 * static_cast<double>(status.hits) / static_cast<double>(reads));
}

// nullptr if the node is not managed.
const NodeReport* mandate_of(const NodeLine& line) {
  return line.report && line.report->managed ? &*line.report : nullptr;
}

std::string role_text(const NodeLine& line, const NodeStatus& status) {
  if (line.absent) return "absent";
  const NodeReport* const mandate = mandate_of(line);
  return mandate != nullptr ? mandate->role : status.role;
}

std::string epoch_text(const NodeLine& line) {
  const NodeReport* const mandate = mandate_of(line);
  return mandate != nullptr ? fmt::format("{}", mandate->epoch) : "-";
}

std::string lease_text(const NodeLine& line) {
  const NodeReport* const mandate = mandate_of(line);
  return mandate != nullptr && mandate->role == "primary" ? mandate->lease : "-";
}

std::string lag_text(std::uint64_t primary_offset, const ReplicaReport& replica) {
  if (replica.copying) return "copying";
  const std::uint64_t behind = primary_offset - std::min(primary_offset, replica.offset);
  return fmt::format("{}, {} ms", size_text(behind), replica.lag_ms);
}

// By its run-id; one whose run-id no node has, or that has not told it, by its address.
bool is_of(const ReplicaReport& replica, const NodeLine& line, const std::vector<NodeLine>& lines) {
  const auto has_run_id = [&](const NodeLine& node) {
    return !replica.run_id.empty() && node.report && node.report->run_id == replica.run_id;
  };
  if (std::ranges::any_of(lines, has_run_id)) return has_run_id(line);
  return replica.address == line.address;
}

std::string lag_text(const NodeLine& line, const std::vector<NodeLine>& lines) {
  for (const NodeLine& other : lines) {
    const bool leads = other.shard == line.shard && other.report && other.report->role == "primary";
    if (!leads) continue;
    for (const ReplicaReport& replica : other.report->replicas) {
      if (is_of(replica, line, lines)) return lag_text(other.report->offset, replica);
    }
  }
  return "-";
}

std::string line_text(const NodeLine& line, const std::string& lag) {
  if (!line.status) return line.absent ? "absent, unreachable" : "unreachable";
  const NodeStatus& status = *line.status;
  return fmt::format("{:<7} {:>5}  {:<8}  {:<16} {:>10} {:>9} {:>9}  {}", role_text(line, status),
                     epoch_text(line), lease_text(line), lag, status.keys, hit_ratio_text(status),
                     status.operations_per_s, memory_text(status));
}

}  // namespace

std::string status_table(std::uint64_t topology_version, const std::vector<NodeLine>& lines) {
  constexpr std::string_view shard_title = "shard";
  constexpr std::string_view address_title = "node";
  std::size_t shard_width = shard_title.size();
  std::size_t address_width = address_title.size();
  for (const NodeLine& line : lines) {
    shard_width = std::max(shard_width, line.shard.size());
    address_width = std::max(address_width, line.address.size());
  }
  const auto row = [&](std::string_view shard, std::string_view address, std::string_view rest) {
    return fmt::format("{:<{}}  {:<{}}  {}\n", shard, shard_width, address, address_width, rest);
  };
  std::string table = fmt::format("topology version {}\n", topology_version);
  table += row(shard_title, address_title,
               fmt::format("{:<7} {:>5}  {:<8}  {:<16} {:>10} {:>9} {:>9}  {}", "role", "epoch",
                           "lease", "lag", "keys", "hit ratio", "ops/s", "memory"));
  for (const NodeLine& line : lines) {
    table += row(line.shard, line.address, line_text(line, lag_text(line, lines)));
  }
  return table;
}

}  // namespace cachekit::ctl
