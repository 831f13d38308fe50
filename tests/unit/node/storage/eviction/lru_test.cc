#include "node/storage/eviction/lru.h"

#include <doctest/doctest.h>

#include <list>
#include <map>

#include "tests/support/seed.h"
#include "tests/unit/node/storage/eviction/race.h"

namespace cachekit::test {
namespace {

class LruModel final : public PolicyModel {
 public:
  void insert(Number number, std::size_t /*bytes*/) override { order_.push_back(number); }
  void touch(Number number) override {
    order_.remove(number);
    order_.push_back(number);
  }
  void remove(Number number) override { order_.remove(number); }
  void evict(Number number) override { order_.remove(number); }
  void resize(Number /*number*/, std::size_t /*bytes*/) override {}
  std::optional<Number> victim() override { return order_.front(); }

 private:
  std::list<Number> order_;
};

TEST_CASE("lru: victims are those of a list in the order of use") {
  LruModel model;
  Race race([](auto& slots) { return std::make_unique<node::storage::Lru>(slots); }, model, seed());
  CHECK(race.run(5000, 300, 100));
}

}  // namespace
}  // namespace cachekit::test
