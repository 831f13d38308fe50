// What this process has in memory.

#pragma once

#include <cstddef>
#include <fstream>

#include "node/storage/pages.h"

namespace cachekit::test {

inline std::size_t resident_bytes() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * node::storage::page_bytes;
}

}  // namespace cachekit::test
