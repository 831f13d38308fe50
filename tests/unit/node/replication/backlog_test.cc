#include "node/replication/backlog.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "tests/support/seed.h"

namespace cachekit::node::replication {
namespace {

std::string text_of(const protocol::Segments& segments) {
  std::string text;
  for (const auto& segment : segments.list()) text += segment.bytes();
  return text;
}

std::string read_all(const Backlog& backlog, Offset from) {
  protocol::Segments out;
  REQUIRE(backlog.read(from, SIZE_MAX, out) == backlog.end());
  return text_of(out);
}

TEST_CASE("a backlog holds the newest bytes, wherever they lie") {
  std::mt19937_64 random(test::seed());
  constexpr std::size_t capacity = 100'000;
  constexpr Offset begin = 77;
  Backlog backlog(capacity, begin);
  std::string all;
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes(random() % (i % 100 == 0 ? 40'000 : 300),
                            static_cast<char>('a' + i % 26));
    if (random() % 4 == 0) {
      const auto owner = std::make_shared<const std::string>(bytes);
      backlog.append(*owner, owner);
    } else {
      backlog.append(bytes);
    }
    all += bytes;
    backlog.trim(backlog.end());
    REQUIRE(backlog.end() == begin + all.size());
    REQUIRE(backlog.end() - backlog.begin() >= std::min(capacity, all.size()));
    REQUIRE(backlog.end() - backlog.begin() <= capacity + 41'000);
    const Offset from = backlog.begin() + random() % (backlog.end() - backlog.begin() + 1);
    REQUIRE(read_all(backlog, from) == all.substr(from - begin));
  }
  CHECK(backlog.bytes() <= 2 * capacity);
  CHECK_FALSE(backlog.holds(begin));
  CHECK_FALSE(backlog.holds(backlog.end() + 1));
  CHECK(backlog.holds(backlog.end()));
}

TEST_CASE("a backlog is read in portions") {
  Backlog backlog(1 << 20, 0);
  std::string all;
  for (int i = 0; i < 5000; ++i) {
    backlog.append(std::to_string(i));
    all += std::to_string(i);
  }
  std::string read;
  Offset at = 0;
  while (at < backlog.end()) {
    protocol::Segments out;
    const Offset next = backlog.read(at, 1000, out);
    REQUIRE(next > at);
    REQUIRE(out.size_bytes() == next - at);
    REQUIRE(out.size_bytes() < 1000 + Backlog::block_bytes);
    read += text_of(out);
    at = next;
  }
  CHECK(read == all);
}

TEST_CASE("bytes that are being sent outlive their place in the backlog") {
  Backlog backlog(10, 0);
  const std::string first(Backlog::block_bytes, 'x');
  backlog.append(first);
  protocol::Segments out;
  backlog.read(0, SIZE_MAX, out);
  for (int i = 0; i < 100; ++i) backlog.append(std::string(Backlog::block_bytes, 'y'));
  backlog.trim(backlog.end());
  CHECK(backlog.begin() > 0);
  CHECK(text_of(out) == first);
}

TEST_CASE("what is to be kept is, however much it is") {
  Backlog backlog(1000, 0);
  backlog.append(std::string(5000, 'b'));
  backlog.append("head");
  const auto large = std::make_shared<const std::string>(1 << 20, 'v');
  backlog.append(*large, large);
  backlog.trim(5000);
  CHECK(backlog.holds(5000));
  CHECK(read_all(backlog, 5000) == "head" + *large);
  backlog.append("after");
  backlog.trim(backlog.end() - 5);
  CHECK(read_all(backlog, backlog.end() - 5) == "after");
}

}  // namespace
}  // namespace cachekit::node::replication
