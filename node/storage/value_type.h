// What a key can hold.

#pragma once

#include <cstdint>

namespace cachekit::node::storage {

enum class ValueType : std::uint8_t { string, list, set, hash };

}  // namespace cachekit::node::storage
