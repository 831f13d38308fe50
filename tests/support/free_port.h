// Ports for servers that must be told one.

#pragma once

#include <cstdint>

namespace cachekit::test {

/// A port of the loopback interface that was free a moment ago.
std::uint16_t free_port();

}  // namespace cachekit::test
