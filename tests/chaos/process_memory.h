// What /proc tells of another process.

#pragma once

#include <cstddef>
#include <fstream>
#include <string>

namespace cachekit::chaos {

/// 0 if it has ended.
inline std::size_t resident_bytes(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6)) << 10;
  }
  return 0;
}

}  // namespace cachekit::chaos
