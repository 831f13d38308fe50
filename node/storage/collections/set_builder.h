// A set that is built outside the store, member by member: the result of SINTERSTORE and its like.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "node/storage/collections/block_builder.h"
#include "node/storage/collections/field_collection.h"
#include "node/storage/collections/field_view.h"
#include "node/storage/store.h"

namespace cachekit::node::storage {

class SetBuilder {
 public:
  /// For this store, whose seed it takes.
  explicit SetBuilder(const Store& store) : seed_(store.options().seed) {}

  void add(std::string_view member);
  void remove(std::string_view member);

  std::size_t size() const { return large_ ? large_->size() : small_.items(); }

  /// Valid until the next change.
  FieldView view();

  /// Puts the set, which is not empty, in the place of whatever the key holds, without an expiry,
  /// and tells the sink. The builder is then used up.
  WriteOutcome put(Store& store, std::string_view key, UnixMillis now);

 private:
  WriteOutcome put_large(Store& store, std::string_view key, UnixMillis now);

  std::uint64_t seed_;
  BlockBuilder small_;
  std::unique_ptr<FieldCollection> large_;
};

}  // namespace cachekit::node::storage
