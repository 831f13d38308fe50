// Which cachekit this is, and which Redis it answers like.

#pragma once

#include <string_view>

namespace cachekit::node {

/// CMake passes the project's version.
inline constexpr std::string_view version = CACHEKIT_VERSION;

/// What HELLO and INFO say, since clients choose what they use by it.
inline constexpr std::string_view compatible_redis_version = "7.0.15";

}  // namespace cachekit::node
