#include "protocol/ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "protocol/limits.h"

namespace cachekit::protocol {
namespace {

struct Point {
  std::uint64_t position;
  std::uint32_t owner;
};

void append_points(std::vector<Point>& points, const std::string& name, std::uint32_t owner,
                   std::size_t count) {
  std::string bytes = name + std::string(5, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t byte = 0; byte < 4; ++byte) {
      bytes[name.size() + 1 + byte] = static_cast<char>((i >> (8 * byte)) & 0xff);
    }
    points.push_back({hash_bytes(bytes), owner});
  }
}

std::string problem_with(const std::vector<RingMember>& members, std::uint32_t points) {
  if (members.empty()) return "a ring needs at least one shard";
  std::set<std::string_view> names;
  double total = 0;
  for (const RingMember& member : members) {
    if (member.name.empty()) return "a shard on the ring has an empty name";
    if (!names.insert(member.name).second) {
      return fmt::format("two shards on the ring are named '{}'", member.name);
    }
    const double share = std::round(points * member.weight);
    if (!std::isfinite(share) || share < 1) {
      return fmt::format("shard '{}' has weight {}, which gives it no point of {} on the ring",
                         member.name, member.weight, points);
    }
    total += share;
  }
  if (total > static_cast<double>(max_ring_points)) {
    return fmt::format("the ring would have {:.0f} points, the limit is {}", total,
                       max_ring_points);
  }
  return {};
}

}  // namespace

tl::expected<Ring, std::string> Ring::build(const std::vector<RingMember>& members,
                                            std::uint32_t points_per_weight) {
  if (auto problem = problem_with(members, points_per_weight); !problem.empty()) {
    return tl::unexpected(std::move(problem));
  }
  std::vector<Point> points;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    const double share = std::round(points_per_weight * members[i].weight);
    append_points(points, members[i].name, i, static_cast<std::size_t>(share));
  }
  std::sort(points.begin(), points.end(), [&](const Point& a, const Point& b) {
    if (a.position != b.position) return a.position < b.position;
    return members[a.owner].name < members[b.owner].name;
  });

  Ring ring;
  ring.positions_.reserve(points.size());
  ring.owners_.reserve(points.size());
  for (const Point& point : points) {
    ring.positions_.push_back(point.position);
    ring.owners_.push_back(point.owner);
  }
  const auto index_bits = static_cast<int>(std::bit_width(std::bit_ceil(points.size() + 1))) - 1;
  ring.index_shift_ = 64 - index_bits;
  ring.index_.reserve(std::size_t{1} << index_bits);
  std::uint32_t first = 0;
  for (std::uint64_t top = 0; top < std::uint64_t{1} << index_bits; ++top) {
    while (first < points.size() && points[first].position < top << ring.index_shift_) ++first;
    ring.index_.push_back(first);
  }
  return ring;
}

std::uint32_t Ring::member_at(std::uint64_t position) const {
  std::size_t point = index_[position >> index_shift_];
  while (point < positions_.size() && positions_[point] < position) ++point;
  return point < positions_.size() ? owners_[point] : owners_.front();
}

}  // namespace cachekit::protocol
