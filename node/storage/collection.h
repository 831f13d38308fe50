// A list, set or hash that has outgrown one block: an object of its own, which a store owns and
// knows no more of than stands here.
//
// Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "node/storage/effect.h"
#include "node/storage/value_type.h"

namespace cachekit::node::storage {

class Collection {
 public:
  Collection() = default;
  virtual ~Collection() = default;

  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  virtual ValueType type() const = 0;

  /// Elements of a list, members of a set, fields of a hash.
  virtual std::size_t size() const = 0;

  /// All memory that it takes, as the allocator counts it. O(1).
  virtual std::size_t bytes() const = 0;

  /// A copy of everything in it.
  virtual std::unique_ptr<Collection> clone() const = 0;

  /// Tells the sink of `count` elements, or a few more, from a place on, as if they had just been
  /// added under `key`. Returns where to go on; 0 is both start and end. A list's places are
  /// indices. Those of a set or hash stay what they are when it changes: what is there from the
  /// first call to the last is told exactly once.
  virtual std::uint64_t describe(std::string_view key, std::uint64_t from, std::size_t count,
                                 EffectSink& sink) const = 0;

  /// Frees a small part, at most about a microsecond's work; false once nothing is left. After the
  /// first call nothing else may be called but bytes(), free_step() and the destructor.
  virtual bool free_step() = 0;
};

}  // namespace cachekit::node::storage
