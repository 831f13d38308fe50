#include "protocol/ring.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "protocol/limits.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"
#include "tests/unit/protocol/ring_vectors.h"

namespace cachekit::protocol {
namespace {

using Members = std::vector<RingMember>;

Ring build(const Members& members, std::uint32_t points = Ring::default_points) {
  auto ring = Ring::build(members, points);
  REQUIRE_MESSAGE(ring.has_value(), (ring ? "" : ring.error()));
  return std::move(*ring);
}

std::string refusal(const Members& members, std::uint32_t points = Ring::default_points) {
  const auto ring = Ring::build(members, points);
  return ring ? "" : ring.error();
}

Members random_members(std::mt19937_64& random, std::size_t count) {
  Members members;
  for (std::size_t i = 0; i < count; ++i) {
    members.push_back({fmt::format("10.{}.{}.{}:{}", random() % 256, random() % 256, i,
                                   1024 + random() % 60000)});
  }
  return members;
}

// The ring as it is defined: every point, and for a position the first one not below it.
class PlainRing {
 public:
  struct Point {
    std::uint64_t position;
    std::uint32_t owner;
  };

  explicit PlainRing(const Members& members, std::uint32_t points = Ring::default_points) {
    for (std::uint32_t owner = 0; owner < members.size(); ++owner) {
      const auto count = static_cast<std::uint32_t>(std::round(points * members[owner].weight));
      for (std::uint32_t i = 0; i < count; ++i) add(members[owner].name, owner, i);
    }
    std::sort(points_.begin(), points_.end(),
              [](const Point& a, const Point& b) { return a.position < b.position; });
  }

  std::uint32_t member_at(std::uint64_t position) const {
    const auto point =
        std::lower_bound(points_.begin(), points_.end(), position,
                         [](const Point& a, std::uint64_t b) { return a.position < b; });
    return point == points_.end() ? points_.front().owner : point->owner;
  }

  // The exact share of the circle that each member owns.
  std::vector<double> shares(std::size_t member_count) const {
    std::vector<double> shares(member_count, 0.0);
    std::uint64_t before = points_.back().position;
    for (const auto& [position, owner] : points_) {
      shares[owner] += static_cast<double>(position - before) * 0x1p-64;  // wraps at the first
      before = position;
    }
    return shares;
  }

  const std::vector<Point>& points() const { return points_; }

 private:
  void add(const std::string& name, std::uint32_t owner, std::uint32_t i) {
    std::string bytes = name;
    bytes.push_back('\0');
    for (const int shift : {0, 8, 16, 24}) bytes.push_back(static_cast<char>(i >> shift));
    points_.push_back({hash_bytes(bytes), owner});
  }

  std::vector<Point> points_;  // in random rings no two are equal: 2^64 places for 2^16 points
};

double fullest_over_mean(const Members& members, std::uint32_t points = Ring::default_points) {
  const auto shares = PlainRing(members, points).shares(members.size());
  return *std::max_element(shares.begin(), shares.end()) * static_cast<double>(members.size());
}

TEST_CASE("keys belong to the shards of the published vectors") {
  for (const ring_vectors::Ring& vector : ring_vectors::rings) {
    Members members;
    for (std::size_t i = 0; i < vector.shard_count; ++i) {
      members.push_back({std::string(vector.shards[i].name), vector.shards[i].weight});
    }
    const Ring ring = build(members, vector.points);
    for (std::size_t i = 0; i < vector.owner_of_key.size(); ++i) {
      CAPTURE(ring_vectors::owners[i].key);
      CHECK(ring.member_of(ring_vectors::owners[i].key) == vector.owner_of_key[i]);
      CHECK(ring.member_at(ring_vectors::owners[i].position) == vector.owner_of_key[i]);
    }
  }
}

TEST_CASE("lookup agrees with the definition at, before and behind every point") {
  std::mt19937_64 random(test::seed());
  const Members members = random_members(random, 7);
  const Ring ring = build(members, 333);
  const PlainRing plain(members, 333);
  std::size_t wrong = 0;
  for (const auto& [position, owner] : plain.points()) {
    wrong += ring.member_at(position) != owner;
    wrong += ring.member_at(position - 1) != plain.member_at(position - 1);
    wrong += ring.member_at(position + 1) != plain.member_at(position + 1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("lookup agrees with the definition anywhere, on rings of any size") {
  std::mt19937_64 random(test::seed() + 1);
  for (int round = 0; round < 60; ++round) {
    Members members = random_members(random, 1 + random() % 12);
    for (RingMember& member : members) member.weight = 0.1 + 0.1 * double(random() % 30);
    const auto points = static_cast<std::uint32_t>(10 + random() % 200);
    const Ring ring = build(members, points);
    const PlainRing plain(members, points);
    std::size_t wrong = 0;
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t position = random();
      wrong += ring.member_at(position) != plain.member_at(position);
    }
    for (const std::uint64_t position : {std::uint64_t{0}, ~std::uint64_t{0}}) {
      wrong += ring.member_at(position) != plain.member_at(position);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a ring of one point answers everywhere") {
  const Ring ring = build({{"only"}}, 1);
  CHECK(ring.point_count() == 1);
  CHECK(ring.member_at(0) == 0);
  CHECK(ring.member_at(~std::uint64_t{0}) == 0);
  CHECK(ring.member_of("key") == 0);
}

TEST_CASE("the order in which shards are given does not matter") {
  std::mt19937_64 random(test::seed() + 2);
  Members members = random_members(random, 5);
  const Ring ring = build(members);
  Members reversed(members.rbegin(), members.rend());
  const Ring other = build(reversed);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t position = random();
    REQUIRE(members[ring.member_at(position)].name == reversed[other.member_at(position)].name);
  }
}

TEST_CASE("of ten shards the fullest has at most 1.05 of the mean, for 19 sets of names in 20") {
  std::mt19937_64 random(test::seed() + 3);
  constexpr int sets = test::sanitized ? 100 : 200;
  int balanced = 0;
  for (int set = 0; set < sets; ++set) {
    balanced += fullest_over_mean(random_members(random, 10)) <= 1.05;
  }
  CHECK(balanced >= (test::sanitized ? 90 : 190));  // of few more may fail by chance
}

TEST_CASE("shares counted by keys agree with the arcs of the circle") {
  std::mt19937_64 random(test::seed() + 4);
  const Members members = random_members(random, 10);
  const Ring ring = build(members);
  const auto shares = PlainRing(members).shares(members.size());
  constexpr int key_count = 200'000;
  std::vector<int> counted(members.size());
  for (int i = 0; i < key_count; ++i) ++counted[ring.member_of(fmt::format("key:{}", i))];
  for (std::size_t i = 0; i < members.size(); ++i) {
    // Five standard deviations of a share near 0.1 counted over 200,000 keys are 0.0034.
    CHECK(std::abs(double(counted[i]) / key_count - shares[i]) < 0.0034);
  }
}

TEST_CASE("an eleventh shard takes 1/11 of the keys, and no key moves between old shards") {
  std::mt19937_64 random(test::seed() + 5);
  Members members = random_members(random, 10);
  const Ring ten = build(members);
  members.push_back({"the-eleventh"});
  const Ring eleven = build(members);
  constexpr int key_count = 200'000;
  int moved = 0;
  int moved_between_old = 0;
  for (int i = 0; i < key_count; ++i) {
    const std::string key = fmt::format("key:{}", i);
    const auto before = ten.member_of(key);
    const auto after = eleven.member_of(key);
    moved += after == 10;
    moved_between_old += after != 10 && after != before;
  }
  CHECK(moved_between_old == 0);
  CHECK(double(moved) / key_count >= 0.9 / 11);
  CHECK(double(moved) / key_count <= 1.1 / 11);
}

TEST_CASE("a shard's share is proportional to its weight") {
  std::mt19937_64 random(test::seed() + 6);
  Members members = random_members(random, 4);
  members[0].weight = 0.5;
  members[1].weight = 1;
  members[2].weight = 2;
  members[3].weight = 4;
  const auto shares = PlainRing(members).shares(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    CHECK(shares[i] == doctest::Approx(members[i].weight / 7.5).epsilon(0.12));
  }
  CHECK(build(members).point_count() == 4096 * 15 / 2);
}

TEST_CASE("the classic 150 points are an option, and less balanced") {
  std::mt19937_64 random(test::seed() + 7);
  double fine = 0;
  double coarse = 0;
  for (int set = 0; set < 30; ++set) {
    const Members members = random_members(random, 10);
    CHECK(build(members, 150).point_count() == 1500);
    coarse += fullest_over_mean(members, 150);
    fine += fullest_over_mean(members);
  }
  CHECK(fine < coarse);
  CHECK(coarse / 30 < 1.3);
}

TEST_CASE("keys of one tag belong to one shard") {
  std::mt19937_64 random(test::seed() + 8);
  const Ring ring = build(random_members(random, 10));
  for (int i = 0; i < 200; ++i) {
    const auto owner = ring.member_of(fmt::format("user{}", i));
    CHECK(ring.member_of(fmt::format("{{user{}}}.name", i)) == owner);
    CHECK(ring.member_of(fmt::format("cart:{{user{}}}", i)) == owner);
  }
}

TEST_CASE("a ring without shards is refused") {
  CHECK(refusal({}) == "a ring needs at least one shard");
}

TEST_CASE("names must be there and differ") {
  CHECK(refusal({{""}}) == "a shard on the ring has an empty name");
  CHECK(refusal({{"a"}, {"b"}, {"a"}}) == "two shards on the ring are named 'a'");
}

TEST_CASE("a weight must give at least one point") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (const double weight : {0.0, -1.0, 0.0001, not_a_number, infinity, -infinity}) {
    CAPTURE(weight);
    CHECK(refusal({{"a", weight}}).starts_with("shard 'a' has weight "));
  }
  CHECK(refusal({{"a"}}, 0).starts_with("shard 'a' has weight 1"));
}

TEST_CASE("a ring of too many points is refused before it is built") {
  const std::string reason = refusal({{"a", 1e12}});
  CHECK(reason.find("the limit is 16777216") != std::string::npos);
}

TEST_CASE("one point more than the limit is too many, though each shard is within it") {
  const double half = max_ring_points / 4096.0 / 2;
  CHECK(refusal({{"a", half}, {"b", half + 1 / 4096.0}}) ==
        "the ring would have 16777217 points, the limit is 16777216");
}

}  // namespace
}  // namespace cachekit::protocol
