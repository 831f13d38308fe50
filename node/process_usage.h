// What the operating system knows of this process, for INFO.

#pragma once

#include <cstddef>
#include <string>

namespace cachekit::node {

struct ProcessUsage {
  std::size_t resident_bytes = 0;
  std::size_t system_memory_bytes = 0;
  double cpu_user_s = 0;
  double cpu_system_s = 0;
  long process_id = 0;
  std::string operating_system;  ///< "Linux 6.1.0 x86_64"
};

/// What cannot be found out stays 0. A few system calls.
ProcessUsage process_usage();

}  // namespace cachekit::node
