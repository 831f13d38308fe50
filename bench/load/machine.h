// The facts about this machine that a figure is worth nothing without.

#pragma once

#include <cstdint>
#include <string>

namespace cachekit::bench {

struct Machine {
  unsigned cores = 0;  ///< That this process may use.
  std::string processor;
  std::uint64_t memory_bytes = 0;
  std::string kernel;
};

Machine this_machine();

}  // namespace cachekit::bench
