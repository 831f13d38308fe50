// A policy and a model of it, led through the same random life of entries.
//
// The model stands on std containers and names entries by number; the race owns the entries, maps
// numbers to handles, and compares each victim.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "node/storage/eviction/policy.h"
#include "node/storage/expiry_clock.h"
#include "node/storage/slots.h"

namespace cachekit::test {

/// An entry's number is that of its key, so one that comes back has the number it had.
using Number = std::uint64_t;

/// The hash that a race gives a key.
std::uint64_t hash_of(Number number);

class PolicyModel {
 public:
  virtual ~PolicyModel() = default;

  virtual void insert(Number number, std::size_t bytes) = 0;
  virtual void touch(Number number) = 0;
  virtual void remove(Number number) = 0;
  virtual void evict(Number number) = 0;
  virtual void resize(Number number, std::size_t bytes) = 0;
  virtual std::optional<Number> victim() = 0;
};

class Race {
 public:
  using MakePolicy =
      std::function<std::unique_ptr<node::storage::EvictionPolicy>(node::storage::Slots&)>;

  Race(const MakePolicy& make_policy, PolicyModel& model, std::uint64_t seed);
  ~Race();

  /// `steps` random operations on `keys` keys, of which at most `most_entries` are there at a time.
  /// False, with a message, at the first victim that differs.
  bool run(std::size_t steps, Number keys, std::size_t most_entries);

 private:
  void step(Number number);
  void insert(Number number);
  void change(Number number);
  void drop(Number number);
  bool evict();
  void compact();
  node::storage::Handle write_block(Number number);
  node::storage::Handle write_collection(Number number);
  std::size_t bytes_of(Number number) const;
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  node::storage::Slots slots_;
  node::storage::ExpiryClock clock_;
  std::unique_ptr<node::storage::EvictionPolicy> policy_;
  PolicyModel* model_;
  std::mt19937_64 random_;
  std::map<Number, node::storage::Handle> entries_;
};

}  // namespace cachekit::test
