// Which core runs what, where a machine has two.

#pragma once

#include <sched.h>
#include <sys/types.h>

namespace cachekit::test {

constexpr int node_core = 0;
constexpr int client_core = 1;

/// A process, or the calling thread for 0. False where it is not possible; then it runs anywhere.
inline bool move_to_core(pid_t process, int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return ::sched_setaffinity(process, sizeof cores, &cores) == 0;
}

}  // namespace cachekit::test
