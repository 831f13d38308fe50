// What the near-cache holds, and for how long.

#include "client/caching/near_store.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"

namespace cachekit::caching {
namespace {

using cachekit::test::seed;
using namespace std::chrono_literals;

constexpr std::uint32_t layout = 1;
const io::Time start = io::Time(1h);

// A store with one source that is always good, and calls as a near-cache makes them.
struct StoreFixture {
  NearStore store;
  Source source;
  io::Time now = start;

  explicit StoreFixture(std::size_t capacity_bytes = std::size_t{1} << 20) : store(capacity_bytes) {
    source.serve_until(io::Time::max());
  }

  FillToken begin(std::string_view key) { return store.begin_fill(key, source, layout); }
  FillOutcome end(const FillToken& token, std::string_view key, std::string_view value,
                  io::Time expires = io::Time::max()) {
    return store.end_fill(token, key, {.bytes = value, .expires = expires}, now);
  }
  FillOutcome fill(std::string_view key, std::string_view value,
                   io::Time expires = io::Time::max()) {
    return end(begin(key), key, value, expires);
  }
  std::optional<std::string> find(std::string_view key, std::uint32_t in_layout = layout) {
    std::optional<std::string> value;
    store.find(key, now, in_layout, [&](const Entry& entry) { value = entry.view(); });
    return value;
  }
};

TEST_CASE("what was filled is found, byte for byte") {
  StoreFixture f;
  const std::string key("k\0ey", 4);
  CHECK(f.find(key) == std::nullopt);
  CHECK(f.fill(key, std::string("va\0lue", 6)) == FillOutcome::kept);
  CHECK(f.find(key) == std::string("va\0lue", 6));
  CHECK(f.fill("", "") == FillOutcome::kept);
  CHECK(f.find("") == "");
  CHECK(f.store.entries() == 2);
  CHECK(f.store.hits() == 2);
}

TEST_CASE("a later fill replaces the value") {
  StoreFixture f;
  f.fill("key", "old");
  f.fill("key", "a new and much longer value");
  CHECK(f.find("key") == "a new and much longer value");
  CHECK(f.store.entries() == 1);
}

TEST_CASE("an entry is served until it expires, and not a moment longer") {
  StoreFixture f;
  f.fill("key", "value", start + 10ms);
  f.now = start + 10ms - 1ns;
  CHECK(f.find("key"));
  f.now = start + 10ms;
  CHECK(!f.find("key"));
  CHECK(f.fill("late", "value", f.now) == FillOutcome::refused);
}

TEST_CASE("an invalidation drops the entry") {
  StoreFixture f;
  f.fill("key", "value");
  f.fill("other", "value");
  CHECK(f.store.invalidate("key"));
  CHECK(!f.store.invalidate("key"));
  CHECK(!f.find("key"));
  CHECK(f.find("other"));
}

TEST_CASE("an invalidation while a fill is under way voids it") {
  StoreFixture f;
  const FillToken token = f.begin("key");
  f.store.invalidate("key");
  CHECK(f.end(token, "key", "old") == FillOutcome::voided);
  CHECK(!f.find("key"));
  CHECK(f.fill("key", "new") == FillOutcome::kept);
}

TEST_CASE("a fill that began before another one that was not voided does not bring the old value") {
  StoreFixture f;
  const FillToken old = f.begin("key");
  f.store.invalidate("key");
  f.fill("key", "new");
  CHECK(f.end(old, "key", "old") == FillOutcome::voided);
  CHECK(f.find("key") == "new");
}

TEST_CASE("a source drops all that it gave at once, and voids what is on its way") {
  StoreFixture f;
  f.fill("key", "value");
  const FillToken token = f.begin("other");
  f.source.drop_all();
  CHECK(!f.find("key"));
  CHECK(f.end(token, "other", "value") == FillOutcome::voided);
  CHECK(f.fill("key", "new") == FillOutcome::kept);
  CHECK(f.find("key") == "new");
}

TEST_CASE("what a source has dropped is swept away in steps") {
  StoreFixture f(std::size_t{4} << 20);
  for (int i = 0; i < 5000; ++i) f.fill(fmt::format("key:{}", i), "value");
  f.source.drop_all();
  f.fill("kept", "value");
  int steps = 1;
  while (f.store.sweep_step(f.now)) ++steps;
  CHECK(steps > 4);
  CHECK(f.store.entries() == 1);
  CHECK(f.find("kept"));
}

TEST_CASE("entries are served only while their source is known to be good") {
  StoreFixture f;
  f.fill("key", "value");
  f.source.serve_until(start + 500ms);
  CHECK(f.find("key"));
  f.now = start + 500ms;
  CHECK(!f.find("key"));
  f.source.serve_until(start + 600ms);
  CHECK(f.find("key"));
}

TEST_CASE("in another layout an entry waits to be confirmed, in the one after that it is gone") {
  StoreFixture f;
  const auto look = [&](std::string_view key, std::uint32_t in_layout) {
    return f.store.find(key, f.now, in_layout, [](const Entry&) {});
  };
  f.fill("key", "value");
  f.fill("skips", "value");
  CHECK(look("key", layout + 1) == Found::unconfirmed);
  Source other;
  f.store.confirm("key", other, layout + 1);
  CHECK(look("key", layout + 1) == Found::unconfirmed);
  f.store.confirm("key", f.source, layout + 1);
  CHECK(look("key", layout + 1) == Found::hit);
  CHECK(look("key", layout) == Found::miss);
  CHECK(look("skips", layout + 2) == Found::miss);
  f.store.confirm("skips", f.source, layout + 2);
  CHECK(look("skips", layout + 2) == Found::miss);
}

TEST_CASE("that a key is absent is an entry of its own kind") {
  StoreFixture f;
  f.store.end_fill(f.begin("key"), "key", {.bytes = "", .absent = true}, f.now);
  bool absent = false;
  CHECK(f.store.find("key", f.now, layout, [&](const Entry& entry) { absent = entry.absent; }) ==
        Found::hit);
  CHECK(absent);
}

TEST_CASE("a shared value outlives its entry and the store") {
  SharedValue value;
  {
    StoreFixture f;
    f.fill("key", "the value");
    f.store.find("key", f.now, layout, [&](Entry& entry) { value = SharedValue::of(entry); });
    f.store.invalidate("key");
    CHECK(value == "the value");
  }
  const SharedValue copy = value;
  value = SharedValue("another");
  CHECK(copy == "the value");
  CHECK(value == "another");
  CHECK(SharedValue().view().empty());
}

TEST_CASE("the bytes stay within the capacity, and what is too large is not kept") {
  constexpr std::size_t capacity = std::size_t{2} << 20;
  StoreFixture f(capacity);
  CHECK(f.fill("large", std::string(capacity / 2, 'v')) == FillOutcome::refused);
  std::mt19937_64 random(seed());
  for (int i = 0; i < 20'000; ++i) {
    f.fill(fmt::format("key:{}", random() % 10'000), std::string(random() % 4000, 'v'));
    REQUIRE(f.store.bytes() <= capacity);
  }
  CHECK(f.store.bytes() > capacity * 9 / 10);
}

TEST_CASE("the bytes are those that the allocator has given out") {
  if (test::sanitized) return;
  const auto in_use = [] {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  for (const std::size_t value_bytes : {10UL, 100UL, 500UL, 5000UL}) {
    CAPTURE(value_bytes);
    const std::string value(value_bytes, 'v');
    const std::size_t before = in_use();
    StoreFixture f(std::size_t{64} << 20);
    const std::size_t empty = f.store.bytes();
    const std::size_t empty_in_use = in_use() - before;
    for (int i = 0; i < 20'000; ++i) f.fill(fmt::format("key:{}", i), value);
    const auto taken = static_cast<double>(in_use() - before - empty_in_use);
    const auto counted = static_cast<double>(f.store.bytes() - empty);
    CHECK(counted > taken * 0.98);
    CHECK(counted < taken * 1.02);
  }
}

TEST_CASE("what is read once drives out nothing that is in use") {
  StoreFixture f;
  const std::string value(500, 'v');
  const auto read = [&](const std::string& key) {
    const bool hit = f.find(key).has_value();
    if (!hit) f.fill(key, value);
    return hit;
  };
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 500; ++i) read(fmt::format("used:{}", i));
  }
  for (int i = 0; i < 20'000; ++i) read(fmt::format("scan:{}", i));
  int hits = 0;
  for (int i = 0; i < 500; ++i) hits += read(fmt::format("used:{}", i)) ? 1 : 0;
  CHECK(hits > 480);
}

// Against a model that forgets nothing: what is found must be what the model has, and what the
// model does not have must not be found. Eviction may take any entry away.
TEST_CASE("random calls agree with a simple model") {
  struct Known {
    std::string value;
    io::Time expires;
  };
  std::mt19937_64 random(seed());
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  for (const std::size_t capacity : {std::size_t{20'000}, std::size_t{8} << 20}) {
    StoreFixture f(capacity);
    std::map<std::string, Known> model;
    struct Fill {
      FillToken token;
      std::string key;
      bool is_void = false;
    };
    std::vector<Fill> fills;
    int hits = 0;
    int lost = 0;
    for (int i = 0; i < 60'000; ++i) {
      const std::string key = fmt::format("key:{}", below(300));
      const std::uint64_t action = below(100);
      if (action < 50) {
        const auto found = f.find(key);
        const auto known = model.find(key);
        const bool is_known = known != model.end() && f.now < known->second.expires;
        if (found) REQUIRE((is_known && known->second.value == *found));
        hits += found ? 1 : 0;
        lost += is_known && !found ? 1 : 0;
      } else if (action < 70) {
        fills.push_back({f.begin(key), key});
      } else if (action < 88 && !fills.empty()) {
        const std::size_t which = below(fills.size());
        const Fill fill = fills[which];
        fills.erase(fills.begin() + static_cast<std::ptrdiff_t>(which));
        const std::string value(below(200), static_cast<char>('a' + below(26)));
        const io::Time expires =
            below(2) == 0 ? io::Time::max() : f.now + std::chrono::nanoseconds(1 + below(50));
        const FillOutcome outcome = f.end(fill.token, fill.key, value, expires);
        if (fill.is_void) REQUIRE(outcome != FillOutcome::kept);
        if (outcome == FillOutcome::kept) model[fill.key] = {value, expires};
      } else if (action < 97) {
        f.store.invalidate(key);
        model.erase(key);
        for (Fill& fill : fills) fill.is_void |= fill.key == key;
      } else if (action == 97 && below(20) == 0) {
        f.source.drop_all();
        model.clear();
        for (Fill& fill : fills) fill.is_void = true;
      } else if (action == 98) {
        f.store.sweep_step(f.now);
      } else {
        f.now += std::chrono::nanoseconds(below(20));
      }
      REQUIRE(f.store.bytes() <= std::max(capacity, std::size_t{1000}));
    }
    CHECK(hits > 1000);
    if (capacity > 1'000'000) CHECK(lost == 0);
  }
}

// Values are made of their key and a version that only rises; a hit must be whole, and for its key.
TEST_CASE("threads read, fill, invalidate and drop at the same time") {
  constexpr int keys = 200;
  StoreFixture f(std::size_t{1} << 20);
  std::vector<std::string> names;
  for (int i = 0; i < keys; ++i) names.push_back(fmt::format("key:{}", i));
  const auto value_of = [](const std::string& key, std::uint64_t version) {
    return fmt::format("{}={}={}", key, version, std::string(version % 300, 'x'));
  };
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<bool> done{false};
  const auto read = [&](std::uint64_t of) {
    std::mt19937_64 random(of);
    std::uint64_t hits = 0;
    SharedValue kept;
    // On a busy machine a reader may have slept all the time: it reads what is left at the end.
    while (!done.load(std::memory_order_relaxed) || hits == 0) {
      const std::string& key = names[random() % keys];
      f.store.find(key, f.now, layout, [&](Entry& entry) {
        ++hits;
        if (!entry.view().starts_with(key + "=")) ++wrong;
        if (hits % 16 == 0) kept = SharedValue::of(entry);
      });
      if (kept.size() > 0 && kept.view().find('=') == std::string_view::npos) ++wrong;
    }
    return hits;
  };
  std::atomic<std::uint64_t> hits{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) threads.emplace_back([&, t] { hits += read(seed() + t); });
  for (std::uint64_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(seed() + 10 + t);
      for (int i = 0; i < 20'000; ++i) {
        const std::string& key = names[random() % keys];
        if (random() % 4 == 0) {
          f.store.invalidate(key);
        } else if (random() % 2000 == 0) {
          f.source.drop_all();
        } else {
          f.fill(key, value_of(key, random()));
        }
      }
    });
  }
  for (std::size_t t = 3; t < threads.size(); ++t) threads[t].join();
  // Refused while a reader sleeps within what is to be freed.
  for (const std::string& key : names) {
    while (f.fill(key, value_of(key, 1)) != FillOutcome::kept) std::this_thread::yield();
  }
  done = true;
  for (std::size_t t = 0; t < 3; ++t) threads[t].join();
  CHECK(wrong == 0);
  CHECK(hits > 0);
  CHECK(f.store.hits() == hits);
}

// The version that a reader finds must not be older than one that had been invalidated before it
// looked: the store's own part of coherence.
TEST_CASE("no thread finds a version that was invalidated before it looked") {
  StoreFixture f;
  const std::string key = "key";
  std::atomic<std::uint64_t> written{1};      // the node's value
  std::atomic<std::uint64_t> invalidated{1};  // versions below are known to be old
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> old_ones{0};
  const auto fill_and_read = [&] {
    while (!done.load(std::memory_order_relaxed)) {
      const std::uint64_t floor = invalidated.load();
      const auto found = f.find(key);
      if (found && std::stoull(*found) < floor) ++old_ones;
      if (found) continue;
      const FillToken token = f.begin(key);
      const std::string value = std::to_string(written.load());
      f.end(token, key, value);
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back(fill_and_read);
  for (std::uint64_t version = 2; version < 20'000; ++version) {
    written.store(version);
    f.store.invalidate(key);
    invalidated.store(version);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(old_ones == 0);
}

}  // namespace
}  // namespace cachekit::caching
