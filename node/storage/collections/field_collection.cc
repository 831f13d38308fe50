#include "node/storage/collections/field_collection.h"

#include "node/storage/allocation.h"

namespace cachekit::node::storage {

std::size_t FieldCollection::bytes() const {
  return predicted_block_bytes(sizeof(*this)) + table_.bytes();
}

std::unique_ptr<Collection> FieldCollection::clone() const {
  auto copy = std::make_unique<FieldCollection>(type_, seed_);
  table_.visit_all([&](const FieldItem& item) {
    copy->table_.set(item);
    return true;
  });
  return copy;
}

std::uint64_t FieldCollection::describe(std::string_view key, std::uint64_t from, std::size_t count,
                                        EffectSink& sink) const {
  std::size_t told = 0;
  do {
    from = table_.visit_bucket(from, [&](const FieldItem& item) {
      sink.apply(effect_of_adding(type_, key, item));
      ++told;
    });
  } while (from != 0 && told < count);
  return from;
}

Effect effect_of_adding(ValueType type, std::string_view key, const FieldItem& item) {
  if (type == ValueType::set) {
    return {.kind = Effect::Kind::set_add, .type = type, .key = key, .value = item.field};
  }
  return {.kind = Effect::Kind::hash_set,
          .type = type,
          .key = key,
          .value = item.value,
          .field = item.field};
}

Effect effect_of_removing(ValueType type, std::string_view key, std::string_view field) {
  if (type == ValueType::set) {
    return {.kind = Effect::Kind::set_remove, .type = type, .key = key, .value = field};
  }
  return {.kind = Effect::Kind::hash_remove, .type = type, .key = key, .value = {}, .field = field};
}

}  // namespace cachekit::node::storage
