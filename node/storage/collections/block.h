// A small collection: one byte string, as it lies in the store and travels to replicas.
//
//   | items | element | element | …
//
// `items` is one byte: the elements of a list, the members of a set, the fields of a hash; a field
// is followed by its value, so a hash has twice as many elements. See sequence.h for an element. A
// block of no items does not exist: the key is gone. In a set or hash no field comes twice.
//
// Pure. What reads trusts the block, but for is_block().

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "node/storage/collections/sequence.h"
#include "node/storage/value_type.h"

namespace cachekit::node::storage::block {

inline constexpr std::size_t header_bytes = 1;

/// Elements of an item.
constexpr std::size_t width_of(ValueType type) { return type == ValueType::hash ? 2 : 1; }

inline std::size_t items(std::string_view block) { return static_cast<unsigned char>(block[0]); }

inline const char* begin(std::string_view block) { return block.data() + header_bytes; }
inline const char* end(std::string_view block) { return block.data() + block.size(); }

/// Where the element at `index`, or the end if there is none, starts. From the nearer end.
const char* at(std::string_view block, std::size_t width, std::size_t index);

/// Where an item of a set or hash starts.
std::optional<const char*> find(std::string_view block, std::size_t width, std::string_view field);

/// Are these untrusted bytes a block of such a collection, within the limits of one? That the
/// fields of a set or hash differ is checked as well.
bool is_block(ValueType type, std::string_view bytes);

}  // namespace cachekit::node::storage::block
