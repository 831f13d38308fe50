// A large set or hash, as an object that a store owns.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "node/storage/collection.h"
#include "node/storage/collections/field_table.h"

namespace cachekit::node::storage {

class FieldCollection final : public Collection {
 public:
  /// The seed is for the hash; see FieldTable.
  FieldCollection(ValueType type, std::uint64_t seed)
      : type_(type), seed_(seed), table_(type == ValueType::hash, seed) {}

  ValueType type() const override { return type_; }
  std::size_t size() const override { return table_.size(); }
  std::size_t bytes() const override;
  std::unique_ptr<Collection> clone() const override;
  std::uint64_t describe(std::string_view key, std::uint64_t from, std::size_t count,
                         EffectSink& sink) const override;
  bool free_step() override { return table_.free_step(); }

  FieldTable& table() { return table_; }
  const FieldTable& table() const { return table_; }

 private:
  ValueType type_;
  std::uint64_t seed_;
  FieldTable table_;
};

/// What happens when `item` is added to a set or hash under `key`.
Effect effect_of_adding(ValueType type, std::string_view key, const FieldItem& item);

/// The same when the field goes.
Effect effect_of_removing(ValueType type, std::string_view key, std::string_view field);

}  // namespace cachekit::node::storage
