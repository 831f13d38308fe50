// How much of the memory limit holds keys and values after long use: sets, overwrites and deletions
// of mixed sizes for ten times what fits.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "node/storage/store.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/constants.h"
#include "tests/unit/node/storage/resident_bytes.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

// 550 bytes of key and value in the mean.
constexpr std::size_t key_bytes = 50;
constexpr std::size_t mean_value_bytes = 500;
constexpr std::size_t mean_bytes = key_bytes + mean_value_bytes;

constexpr double least_live_share = 0.93;  // where entries have the mean size
constexpr double most_overhead_bytes = mean_bytes / least_live_share - mean_bytes;  // of any entry
constexpr double most_resident_share = 1.02;
constexpr int times_the_capacity = test::sanitized ? 3 : 10;

bool is_long_form() { return std::getenv("CACHEKIT_TEST_LONG") != nullptr; }

struct Load {
  std::string name;
  EvictionKind policy;
  std::size_t value_spread;  // values have the mean size, and up to so many bytes more or less
  bool with_expiry;
  bool keeps_mean_size;  // what stays is as large, in the mean, as what is set
};

class Churn {
 public:
  Churn(std::size_t limit_bytes, const Load& load)
      : limit_bytes_(limit_bytes),
        load_(load),
        resident_before_(test::resident_bytes()),
        store_({.max_memory_bytes = limit_bytes, .eviction = {.kind = load.policy}}, sink_) {}

  // Writes as many bytes as the limit has.
  void run_for_one_capacity() {
    for (std::size_t written = 0; written < limit_bytes_; written += mean_bytes) step();
  }

  struct Live {
    double share;           // of the limit
    double overhead_bytes;  // what the limit has for an entry, less its key and value
  };

  Live live() const {
    std::size_t bytes = 0;
    ScanCursor cursor = 0;
    do {
      cursor = store_.scan(cursor, -1, [&](const EntryView& entry) {
        bytes += entry.key.size() + entry.value.size();
      });
    } while (cursor != 0);
    return {share(bytes),
            static_cast<double>(limit_bytes_ - bytes) / static_cast<double>(store_.size())};
  }

  double resident_share() const {
    return share(std::max(test::resident_bytes(), resident_before_) - resident_before_);
  }

 private:
  // Three in four set, mostly new keys; one in eight overwrites a key that may be there with a
  // value of another size; one in eight deletes one.
  void step() {
    const std::uint64_t choice = random_() % 8;
    if (choice < 6) {
      set(next_++);
    } else if (choice == 6) {
      set(recent());
    } else {
      store_.remove(key_of(recent()), now);
    }
    if (random_() % 32 == 0) store_.maintain(now, 64);
  }

  void set(std::uint64_t number) {
    const UnixMillis expire_at =
        load_.with_expiry ? now + 1'000'000 + static_cast<UnixMillis>(number) : no_expiry;
    const std::size_t size =
        mean_value_bytes - load_.value_spread + random_() % (2 * load_.value_spread + 1);
    const std::string value(size, 'v');
    REQUIRE(store_.set(key_of(number), value, expire_at, now) == WriteOutcome::done);
  }

  std::uint64_t recent() {
    const std::uint64_t fitting = limit_bytes_ / mean_bytes;
    return next_ - 1 - random_() % std::min(next_, fitting);
  }

  static std::string key_of(std::uint64_t number) {
    return fmt::format("{:0{}}", number, key_bytes);
  }

  double share(std::size_t bytes) const {
    return static_cast<double>(bytes) / static_cast<double>(limit_bytes_);
  }

  std::size_t limit_bytes_;
  Load load_;
  std::size_t resident_before_;
  std::mt19937_64 random_{test::seed()};
  std::uint64_t next_ = 1;
  test::NoSink sink_;
  Store store_;
};

void check(const Load& load) {
  Churn churn((is_long_form() ? 1024 : 48) * mebibyte, load);
  churn.run_for_one_capacity();
  churn.run_for_one_capacity();  // deletions have left it less than full till now
  double least_live = 1;
  double most_overhead = 0;
  double most_resident = 0;
  for (int i = 2; i < times_the_capacity; ++i) {
    churn.run_for_one_capacity();
    const auto live = churn.live();
    least_live = std::min(least_live, live.share);
    most_overhead = std::max(most_overhead, live.overhead_bytes);
    most_resident = std::max(most_resident, churn.resident_share());
  }
  fmt::print(
      "{}: at least {:.2f} % live, at most {:.1f} bytes beside an entry, {:.2f} % resident\n",
      load.name, 100 * least_live, most_overhead, 100 * most_resident);
  if (load.keeps_mean_size) CHECK(least_live >= least_live_share);
  CHECK(most_overhead <= most_overhead_bytes);
  if (!test::sanitized) CHECK(most_resident <= most_resident_share);
}

TEST_CASE("after long use the memory limit holds keys and values, and little else") {
  check({"lru", EvictionKind::lru, 500, false, true});
  check({"lru, with expiry", EvictionKind::lru, 500, true, true});
}

// The default policy would rather keep small entries than large ones. Where sizes differ much, what
// it keeps is smaller than what is set, and the same overhead is a larger share of it.
TEST_CASE("so it does under the default policy") {
  check({"adaptive, like sizes", EvictionKind::adaptive, 50, false, true});
  check({"adaptive, like sizes, with expiry", EvictionKind::adaptive, 50, true, true});
  check({"adaptive", EvictionKind::adaptive, 500, false, false});
  check({"adaptive, with expiry", EvictionKind::adaptive, 500, true, false});
}

}  // namespace
}  // namespace cachekit::node::storage
