#include "tests/unit/node/storage/eviction/race.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "node/storage/collection.h"
#include "node/storage/entry.h"

namespace cachekit::test {
namespace {

using namespace node::storage;

// What a policy sees of a collection: bytes, which change.
class Ballast final : public Collection {
 public:
  explicit Ballast(std::size_t bytes) : bytes_(bytes) {}

  ValueType type() const override { return ValueType::list; }
  std::size_t size() const override { return 1; }
  std::size_t bytes() const override { return bytes_; }
  std::unique_ptr<Collection> clone() const override { return nullptr; }
  std::uint64_t describe(std::string_view /*key*/, std::uint64_t /*from*/, std::size_t /*count*/,
                         EffectSink& /*sink*/) const override {
    return 0;
  }
  bool free_step() override { return false; }

  void set_bytes(std::size_t bytes) { bytes_ = bytes; }

 private:
  std::size_t bytes_;
};

constexpr std::uint64_t longest_block = 3000;
constexpr std::uint64_t largest_ballast = 200000;

}  // namespace

// The last step of splitmix64.
std::uint64_t hash_of(Number number) {
  std::uint64_t hash = (number + 1) * 0x9e3779b97f4a7c15U;
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111ebU;
  return hash ^ hash >> 31;
}

Race::Race(const MakePolicy& make_policy, PolicyModel& model, std::uint64_t seed)
    : policy_(make_policy(slots_)), model_(&model), random_(seed) {}

Race::~Race() {
  for (const auto& [number, handle] : entries_) delete entry_at(slots_, handle).collection();
}

bool Race::run(std::size_t steps, Number keys, std::size_t most_entries) {
  for (; steps > 0; --steps) {
    // Low numbers are more popular.
    step(std::min(below(keys), below(keys)));
    while (entries_.size() > most_entries) {
      if (!evict()) return false;
    }
    if (below(4) == 0) compact();
  }
  while (!entries_.empty()) {
    if (!evict()) return false;
  }
  CHECK(policy_->victim() == no_handle);
  return true;
}

void Race::step(Number number) {
  if (!entries_.contains(number)) return insert(number);
  switch (below(10)) {
    case 0:
      return drop(number);
    case 1:
    case 2:
      return change(number);
    default:
      policy_->touch(entries_[number]);
      model_->touch(number);
  }
}

void Race::insert(Number number) {
  entries_[number] = below(4) == 0 ? write_collection(number) : write_block(number);
  policy_->insert(entries_[number], hash_of(number));
  model_->insert(number, bytes_of(number));
}

Handle Race::write_block(Number number) {
  const std::string key = std::to_string(number);
  const EntryShape shape{.key = key, .stored_size = below(longest_block)};
  const Handle handle = slots_.allocate(Entry::bytes_for(shape, clock_));
  entry_at(slots_, handle).write(shape, clock_);
  return handle;
}

Handle Race::write_collection(Number number) {
  const std::string key = std::to_string(number);
  const EntryShape shape{.key = key,
                         .stored_size = sizeof(Collection*),
                         .type = ValueType::list,
                         .place = ValuePlace::collection};
  const Handle handle = slots_.allocate(Entry::bytes_for(shape, clock_));
  Entry entry = entry_at(slots_, handle);
  entry.write(shape, clock_);
  const Collection* const ballast = new Ballast(below(largest_ballast));
  std::memcpy(entry.stored_data(), &ballast, sizeof ballast);
  return handle;
}

// Another value in another slot, or a collection of another size.
void Race::change(Number number) {
  const Handle handle = entries_[number];
  if (auto* ballast = static_cast<Ballast*>(entry_at(slots_, handle).collection())) {
    const std::size_t before = ballast->bytes();
    ballast->set_bytes(below(largest_ballast));
    policy_->resize(handle, static_cast<std::ptrdiff_t>(ballast->bytes()) -
                                static_cast<std::ptrdiff_t>(before));
  } else {
    entries_[number] = write_block(number);
    policy_->replace(handle, entries_[number]);
    slots_.free(handle);
  }
  model_->resize(number, bytes_of(number));
}

void Race::drop(Number number) {
  const Handle handle = entries_[number];
  policy_->remove(handle);
  model_->remove(number);
  delete entry_at(slots_, handle).collection();
  slots_.free(handle);
  entries_.erase(number);
}

bool Race::evict() {
  const std::optional<Number> expected = model_->victim();
  REQUIRE(expected);
  const Handle handle = policy_->victim();
  REQUIRE(handle != no_handle);
  const Entry entry = entry_at(slots_, handle);
  CHECK(entry.key() == std::to_string(*expected));
  if (entry.key() != std::to_string(*expected)) return false;
  policy_->evict(handle, hash_of(*expected));
  model_->evict(*expected);
  delete entry.collection();
  slots_.free(handle);
  entries_.erase(*expected);
  return true;
}

void Race::compact() {
  if (!slots_.can_compact()) return;
  slots_.compact_step([&](Handle from, Handle to) {
    policy_->move(from, to);
    const Number number = std::stoull(std::string(entry_at(slots_, to).key()));
    CHECK(entries_[number] == from);
    entries_[number] = to;
  });
}

std::size_t Race::bytes_of(Number number) const {
  return entry_at(slots_, entries_.at(number)).footprint_bytes();
}

}  // namespace cachekit::test
