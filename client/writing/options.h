// What a write-behind can be told.

#pragma once

#include <chrono>
#include <string>

#include "cachekit/write_behind.h"

namespace cachekit::writing {

inline constexpr std::chrono::milliseconds longest_time = std::chrono::hours(24 * 365);

/// Empty if the options make sense, else a sentence.
std::string problem_with(const WriteBehindOptions& options);

}  // namespace cachekit::writing
