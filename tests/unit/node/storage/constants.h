// What the storage tests have in common.

#pragma once

#include <cstddef>

#include "node/storage/store.h"

namespace cachekit::node::storage {

/// When tests happen during which no time passes.
inline constexpr UnixMillis now = 1'000'000;

inline constexpr std::size_t mebibyte = std::size_t{1} << 20;

}  // namespace cachekit::node::storage
