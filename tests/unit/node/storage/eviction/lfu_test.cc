#include "node/storage/eviction/lfu.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <list>
#include <map>

#include "tests/support/seed.h"
#include "tests/unit/node/storage/eviction/race.h"

namespace cachekit::test {
namespace {

using node::storage::Lfu;

// Values are plain numbers here, and queues a map's.
class LfuModel final : public PolicyModel {
 public:
  void insert(Number number, std::size_t /*bytes*/) override {
    values_[number] = base_ + 1;
    queues_[base_ + 1].push_back(number);
  }
  void touch(Number number) override {
    values_[number] = std::min(values_[number] + 1, base_ + 63);
  }
  void remove(Number number) override {
    for (auto& [value, queue] : queues_) queue.remove(number);
    values_.erase(number);
  }
  void evict(Number number) override { remove(number); }
  void resize(Number /*number*/, std::size_t /*bytes*/) override {}
  std::optional<Number> victim() override {
    while (true) {
      while (queues_.begin()->second.empty()) queues_.erase(queues_.begin());
      auto& [value, queue] = *queues_.begin();
      base_ = value;
      const Number number = queue.front();
      if (values_[number] == value) return number;
      queue.pop_front();
      queues_[values_[number]].push_back(number);
    }
  }

 private:
  std::map<Number, int> values_;
  std::map<int, std::list<Number>> queues_;
  int base_ = 0;
};

TEST_CASE("lfu: victims are those of a model with unbounded values") {
  LfuModel model;
  Race race([](auto& slots) { return std::make_unique<Lfu>(slots); }, model, seed());
  CHECK(race.run(20000, 200, 40));
}

TEST_CASE("lfu: values stop at 63 above the base") {
  node::storage::Slots slots;
  Lfu policy(slots);
  const auto handle = slots.allocate(16);
  node::storage::entry_at(slots, handle).write({.key = "key"}, {});
  policy.insert(handle, 1);
  for (int touches = 0; touches < 1000; ++touches) policy.touch(handle);
  CHECK(policy.frequency(handle) == 63);
  CHECK(policy.victim() == handle);
}

}  // namespace
}  // namespace cachekit::test
