#include "node/storage/eviction/adaptive.h"

#include <doctest/doctest.h>

#include <bit>
#include <map>

#include "node/storage/eviction/worth.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/eviction/race.h"
#include "tests/unit/node/storage/eviction/wheel_model.h"

namespace cachekit::test {
namespace {

using node::storage::Adaptive;
using node::storage::GhostTable;
using node::storage::NewcomerWorth;
using node::storage::worth_of;

// Deadlines in a sorted map; ghosts, worths and luck are the real ones.
class AdaptiveModel final : public PolicyModel {
 public:
  explicit AdaptiveModel(std::uint64_t seed) : luck_(seed) {}

  void insert(Number number, std::size_t bytes) override {
    const auto ghost = ghosts_.take(hash_of(number));
    if (ghost && ghost->rank < 8) newcomer_.note_return(ghost->frequency > 1);
    entries_[number] = {.bytes = bytes, .uses = ghost ? std::min(ghost->frequency + 1, 4) : 1};
    if (ghost) {
      const auto worth = worth_at(number, newcomer_.value());
      wheel_.place(number, luck_.once_in(16) ? 4 * worth : worth);
    } else {
      wheel_.place(number, worth_at(number, luck_.once_in(64) ? 1024 : newcomer_.value()));
    }
  }
  void touch(Number number) override { entries_[number].touched = true; }
  void remove(Number number) override {
    wheel_.remove(number);
    entries_.erase(number);
  }
  void evict(Number number) override {
    const auto uses = static_cast<std::uint8_t>(entries_[number].uses);
    newcomer_.note_eviction(uses > 1, entries_.size());
    ghosts_.add(hash_of(number), uses, entries_.size());
    remove(number);
  }
  void resize(Number number, std::size_t bytes) override {
    const bool other_magnitude = std::bit_width(bytes) != std::bit_width(entries_[number].bytes);
    entries_[number].bytes = bytes;
    if (!other_magnitude) return;
    wheel_.remove(number);
    place(number);
  }
  std::optional<Number> victim() override {
    while (true) {
      const auto number = wheel_.due();
      if (!number || !entries_[*number].touched) return number;
      Item& item = entries_[*number];
      item = {.bytes = item.bytes, .uses = std::min(item.uses + 1, 15)};
      wheel_.remove(*number);
      place(*number);
    }
  }

 private:
  struct Item {
    std::size_t bytes = 0;
    int uses = 0;
    bool touched = false;
  };

  void place(Number number) { wheel_.place(number, worth_at(number, newcomer_.value())); }

  std::uint64_t worth_at(Number number, std::uint32_t newcomer) {
    const Item& item = entries_[number];
    std::size_t bytes = 0;
    for (const auto& [other, other_item] : entries_) bytes += other_item.bytes;
    return worth_of({.uses = static_cast<std::uint8_t>(item.uses),
                     .newcomer = newcomer,
                     .bytes = item.bytes,
                     .mean_bytes = bytes / entries_.size()});
  }

  std::map<Number, Item> entries_;
  WheelModel wheel_;
  GhostTable ghosts_;
  NewcomerWorth newcomer_;
  node::storage::Luck luck_;
};

TEST_CASE("adaptive: victims are those of a model with sorted deadlines") {
  AdaptiveModel model(7);
  Race race([](auto& slots) { return std::make_unique<Adaptive>(slots, 7); }, model, seed());
  CHECK(race.run(20000, 300, 80));
}

class SmallCache {
 public:
  node::storage::Handle add(Number number, std::size_t value_bytes) {
    const node::storage::EntryShape shape{.key = "key", .stored_size = value_bytes};
    const auto handle = slots_.allocate(node::storage::Entry::bytes_for(shape, {}));
    node::storage::entry_at(slots_, handle).write(shape, {});
    policy_.insert(handle, hash_of(number));
    return handle;
  }
  void evict_as(Number number) {
    const auto handle = policy_.victim();
    policy_.evict(handle, hash_of(number));
    slots_.free(handle);
  }
  Adaptive& policy() { return policy_; }

 private:
  node::storage::Slots slots_;
  Adaptive policy_{slots_, 1};
};

TEST_CASE("adaptive: of entries used alike the large one goes") {
  SmallCache cache;
  const auto large = cache.add(1, 5000);
  cache.add(2, 100);
  CHECK(cache.policy().victim() == large);
}

TEST_CASE("adaptive: of entries of one size the unused one goes") {
  SmallCache cache;
  const auto used = cache.add(1, 100);
  const auto unused = cache.add(2, 100);
  cache.policy().touch(used);
  CHECK(cache.policy().victim() == unused);
}

TEST_CASE("adaptive: a key that comes back has the uses it had, and one more") {
  SmallCache cache;
  cache.policy().touch(cache.add(1, 100));
  cache.evict_as(1);
  const auto returned = cache.add(1, 100);
  CHECK(cache.policy().frequency(returned) == 3);
}

TEST_CASE("adaptive: what was popular and is no longer used goes in the end") {
  SmallCache cache;
  const auto old = cache.add(0, 100);
  for (int round = 0; round < 20; ++round) {
    cache.policy().touch(old);
    cache.policy().victim();
  }
  CHECK(cache.policy().frequency(old) == 15);
  Number number = 1;
  cache.add(number, 100);
  while (cache.policy().victim() != old) {
    REQUIRE(number < 5000);
    cache.evict_as(number);
    cache.add(++number, 100);
  }
}

}  // namespace
}  // namespace cachekit::test
