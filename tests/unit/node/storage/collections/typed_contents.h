// What a store holds under each key, in a form that does not depend on how it is held.

#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "node/storage/collections/field_view.h"
#include "node/storage/collections/list_view.h"
#include "node/storage/store.h"

namespace cachekit::test {

struct TypedValue {
  node::storage::ValueType type = node::storage::ValueType::string;
  std::vector<std::string>
      elements;  ///< Of a set in order, of a hash by field, each with its value.
  node::storage::UnixMillis expire_at = node::storage::no_expiry;

  bool operator==(const TypedValue&) const = default;
};

using TypedContents = std::map<std::string, TypedValue>;

inline TypedValue typed_value(const node::storage::EntryView& entry) {
  using node::storage::ValueType;
  TypedValue value{.type = entry.type, .elements = {}, .expire_at = entry.expire_at};
  if (entry.type == ValueType::string) {
    value.elements.emplace_back(entry.value);
  } else if (entry.type == ValueType::list) {
    node::storage::ListView(entry).visit(0, [&](std::string_view element) {
      value.elements.emplace_back(element);
      return true;
    });
  } else {
    std::map<std::string, std::string> items;
    node::storage::FieldView(entry).visit_all([&](const node::storage::FieldItem& item) {
      items.emplace(item.field, item.value);
      return true;
    });
    for (const auto& [field, held] : items) {
      value.elements.push_back(field);
      if (entry.type == ValueType::hash) value.elements.push_back(held);
    }
  }
  return value;
}

/// Expired keys included, since `now` is taken to be before all time.
inline TypedContents typed_contents_of(const node::storage::Store& store) {
  TypedContents contents;
  node::storage::ScanCursor cursor = 0;
  do {
    cursor = store.scan(cursor, -1, [&](const node::storage::EntryView& entry) {
      contents[std::string(entry.key)] = typed_value(entry);
    });
  } while (cursor != 0);
  return contents;
}

}  // namespace cachekit::test
