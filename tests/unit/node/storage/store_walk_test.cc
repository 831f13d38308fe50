// Walks over all keys while the store changes underneath.

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "node/storage/store.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

constexpr UnixMillis start = 1'700'000'000'000;

// Knows which keys have gone, whatever the reason.
class RemovalSink : public test::NoSink {
 public:
  void apply(const Effect& effect) override {
    if (effect.kind == Effect::Kind::remove) removed.emplace(effect.key);
  }

  std::set<std::string> removed;
};

struct Change {
  const char* name;
  std::size_t before;  // other keys at the start of the walk
  int sets;            // of a hundred changes between two steps
  std::size_t max_memory_bytes;
};

// Keys "stay:…" are there during the whole walk; all others come and go.
class Walk {
 public:
  explicit Walk(const Change& change)
      : change_(change),
        random_(test::seed()),
        store_({.eviction = {.kind = EvictionKind::lru}, .seed = random_()}, sink_) {
    for (int i = 0; i < stayers; ++i) set("stay:" + std::to_string(i));
    for (std::size_t i = 0; i < change.before; ++i) set(other(i));
    next_ = change.before;
    store_.set_max_memory(change.max_memory_bytes);
  }

  bool left(const std::string& key) const { return sink_.removed.contains(key); }
  std::size_t evicted() const { return store_.statistics().evicted_keys; }

  std::map<std::string, int> run() {
    std::map<std::string, int> visits;
    ScanCursor cursor = 0;
    do {
      const ScanCursor before = cursor;
      cursor = store_.walk(cursor, 1 + random_() % 4, now_, [&](const EntryView& entry) {
        const Position position = store_.position(entry.key);
        CHECK(position >= before);
        ++visits[std::string(entry.key)];
      });
      CHECK((cursor == 0 || cursor > before));
      change();
    } while (cursor != 0);
    return visits;
  }

  static constexpr int stayers = 2000;

 private:
  static std::string other(std::size_t number) { return "other:" + std::to_string(number); }

  void set(const std::string& key) {
    const std::string value(random_() % 100, 'x');
    const UnixMillis expire_at = key[0] == 'o' && random_() % 4 == 0 ? now_ + 50 : no_expiry;
    CHECK(store_.set(key, value, expire_at, now_) == WriteOutcome::done);
  }

  void change() {
    ++now_;
    for (int i = 0; i < 30; ++i) {
      if (static_cast<int>(random_() % 100) < change_.sets) {
        set(other(next_++));
      } else {
        store_.remove(other(random_() % (next_ + 1)), now_);
      }
    }
    // A stayer changes its size, and so its place, without leaving.
    set("stay:" + std::to_string(random_() % stayers));
    store_.maintain(now_, 20);
  }

  Change change_;
  std::mt19937_64 random_;
  RemovalSink sink_;
  Store store_;
  UnixMillis now_ = start;
  std::size_t next_ = 0;
};

TEST_CASE("a walk visits every key that stays exactly once, and no other twice") {
  for (const Change& change : {Change{"growing", 100, 95, 0}, Change{"shrinking", 60'000, 2, 0},
                               Change{"steady", 20'000, 50, 0},
                               Change{"at the limit", 20'000, 60, std::size_t{1} << 20}}) {
    CAPTURE(change.name);
    Walk walk(change);
    const auto visits = walk.run();
    for (const auto& [key, times] : visits) {
      CAPTURE(key);
      REQUIRE(times == 1);
    }
    for (int i = 0; i < Walk::stayers; ++i) {
      const std::string key = "stay:" + std::to_string(i);
      REQUIRE((visits.contains(key) || walk.left(key)));
    }
    CHECK((walk.evicted() > 0) == (change.max_memory_bytes > 0));
  }
}

TEST_CASE("positions depend on the key and the seed alone") {
  test::NoSink sink;
  Store one({.seed = 7}, sink);
  Store same({.seed = 7}, sink);
  Store other({.seed = 8}, sink);
  for (int i = 0; i < 1000; ++i) {
    CHECK(one.set(std::to_string(i), "v", no_expiry, start) == WriteOutcome::done);
  }
  CHECK(one.position("k") == same.position("k"));
  CHECK(one.position("k") != other.position("k"));
  CHECK(one.position("k") < end_position);
}

TEST_CASE("a walk that starts in the middle meets what stands behind, in order") {
  test::NoSink sink;
  Store store({}, sink);
  std::set<Position> behind;
  const Position middle = end_position / 2;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = std::to_string(i);
    CHECK(store.set(key, "v", no_expiry, start) == WriteOutcome::done);
    if (store.position(key) >= middle) behind.insert(store.position(key));
  }
  std::set<Position> met;
  ScanCursor cursor = middle;
  while (cursor != 0) {
    cursor = store.walk(cursor, 7, start,
                        [&](const EntryView& entry) { met.insert(store.position(entry.key)); });
  }
  CHECK(met == behind);
}

// As someone does who walks over all keys and deletes the old ones.
TEST_CASE("deleting in the order of a walk leaves a table that still takes and finds everything") {
  test::NoSink sink;
  Store store({.seed = test::seed()}, sink);
  constexpr int keys = 60'000;
  for (int i = 0; i < keys; ++i) {
    REQUIRE(store.set(std::to_string(i), "v", no_expiry, start) == WriteOutcome::done);
  }
  std::set<std::string> left;
  ScanCursor cursor = 0;
  std::vector<std::string> found;
  do {
    found.clear();
    const bool first_half = cursor < end_position / 2;
    cursor = store.walk(cursor, 10, start,
                        [&](const EntryView& entry) { found.emplace_back(entry.key); });
    for (const std::string& key : found) {
      if (first_half) {
        store.remove(key, start);
      } else {
        left.insert(key);
      }
    }
  } while (cursor != 0);
  for (int i = keys; i < 3 * keys; ++i) {
    REQUIRE(store.set(std::to_string(i), "v", no_expiry, start) == WriteOutcome::done);
    left.insert(std::to_string(i));
  }
  for (const std::string& key : left) REQUIRE(store.find(key, start, Lookup::inspect));
  CHECK(store.size() == left.size());
}

}  // namespace
}  // namespace cachekit::node::storage
