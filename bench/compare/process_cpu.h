// CPU time of another process, from /proc. All its threads count.

#pragma once

namespace cachekit::bench::compare {

struct ProcessCpu {
  double user_s = 0;
  double system_s = 0;

  double total_s() const { return user_s + system_s; }
};

/// The kernel tells hundredths of a second; it divides them into user and system by samples of
/// 4 ms. Zero if there is no such process.
ProcessCpu process_cpu(int pid);

}  // namespace cachekit::bench::compare
