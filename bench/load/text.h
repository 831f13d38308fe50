// Numbers as people read them.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cachekit::bench {

/// 1234567 as "1,234,567".
std::string with_commas(std::uint64_t number);

/// As "512 B", "3.4 KiB", "1.2 GiB".
std::string size_text(std::uint64_t bytes);

/// Three digits, as in "0.123 ms" or "12.3 ms".
std::string latency_text(std::chrono::nanoseconds latency);

}  // namespace cachekit::bench
