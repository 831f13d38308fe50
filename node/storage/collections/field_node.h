// A member of a large set, or a field of a large hash with its value: one block of memory.
//
//   | next | field's length | value's length | field | value |
//
// Lengths are varints; a member has no value and no length of one.

#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#include "node/storage/allocation.h"
#include "node/storage/collections/varint.h"

namespace cachekit::node::storage {

struct FieldItem {
  std::string_view field;
  std::string_view value;
};

struct FieldNode {
  FieldNode* next;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  FieldItem item(bool has_value) const {
    std::size_t field_size = 0;
    std::size_t value_size = 0;
    const char* bytes = varint::read(data(), field_size);
    if (has_value) bytes = varint::read(bytes, value_size);
    return {{bytes, field_size}, {bytes + field_size, value_size}};
  }

  void write(const FieldItem& item, bool has_value) {
    char* bytes = varint::write(data(), item.field.size());
    if (has_value) bytes = varint::write(bytes, item.value.size());
    if (!item.field.empty()) std::memcpy(bytes, item.field.data(), item.field.size());
    if (item.value.empty()) return;
    std::memcpy(bytes + item.field.size(), item.value.data(), item.value.size());
  }

  static std::size_t request_bytes(const FieldItem& item, bool has_value) {
    return sizeof(FieldNode) + varint::size(item.field.size()) + item.field.size() +
           (has_value ? varint::size(item.value.size()) : 0) + item.value.size();
  }

  static FieldNode* create(const FieldItem& item, bool has_value) {
    auto* node = new (::operator new(request_bytes(item, has_value))) FieldNode{nullptr};
    node->write(item, has_value);
    return node;
  }

  static void destroy(FieldNode* node) { ::operator delete(node); }
};

}  // namespace cachekit::node::storage
