#include "node/storage/eviction/s3fifo.h"

#include <doctest/doctest.h>

#include <list>
#include <map>

#include "node/storage/eviction/ghost_table.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/eviction/race.h"

namespace cachekit::test {
namespace {

using node::storage::GhostTable;
using node::storage::S3Fifo;

// The queues' bytes are added up afresh each time; ghosts are the real ones.
class S3FifoModel final : public PolicyModel {
 public:
  void insert(Number number, std::size_t bytes) override {
    const bool known = ghosts_.take(hash_of(number)).has_value();
    entries_[number] = {.bytes = bytes, .uses = 0};
    (known ? main_ : small_).push_back(number);
  }
  void touch(Number number) override {
    if (entries_[number].uses < 3) ++entries_[number].uses;
  }
  void remove(Number number) override {
    small_.remove(number);
    main_.remove(number);
    entries_.erase(number);
  }
  void evict(Number number) override {
    const bool in_small = !small_.empty() && small_.front() == number;
    if (in_small) ghosts_.add(hash_of(number), 1, entries_.size());
    remove(number);
  }
  void resize(Number number, std::size_t bytes) override { entries_[number].bytes = bytes; }
  std::optional<Number> victim() override {
    while (true) {
      const std::size_t small = bytes_of(small_);
      if (!small_.empty() && (main_.empty() || small > (small + bytes_of(main_)) / 10)) {
        const Number number = small_.front();
        if (entries_[number].uses < 2) return number;
        entries_[number].uses = 0;
        main_.splice(main_.end(), small_, small_.begin());
      } else {
        const Number number = main_.front();
        if (entries_[number].uses == 0) return number;
        --entries_[number].uses;
        main_.splice(main_.end(), main_, main_.begin());
      }
    }
  }

 private:
  struct Item {
    std::size_t bytes = 0;
    int uses = 0;
  };

  std::size_t bytes_of(const std::list<Number>& queue) {
    std::size_t bytes = 0;
    for (const Number number : queue) bytes += entries_[number].bytes;
    return bytes;
  }

  std::map<Number, Item> entries_;
  std::list<Number> small_;
  std::list<Number> main_;
  GhostTable ghosts_;
};

TEST_CASE("s3fifo: victims are those of a model that adds bytes up") {
  S3FifoModel model;
  Race race([](auto& slots) { return std::make_unique<S3Fifo>(slots); }, model, seed());
  CHECK(race.run(10000, 300, 60));
}

}  // namespace
}  // namespace cachekit::test
