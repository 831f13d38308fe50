#include "node/process_usage.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

namespace cachekit::node {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::size_t resident_pages() {
  std::ifstream file("/proc/self/statm");
  std::size_t all_pages = 0;
  std::size_t resident = 0;
  file >> all_pages >> resident;
  return resident;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  usage.resident_bytes = resident_pages() * page_bytes;
  usage.system_memory_bytes = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * page_bytes;
  usage.process_id = getpid();
  rusage resources{};
  if (getrusage(RUSAGE_SELF, &resources) == 0) {
    usage.cpu_user_s = seconds_of(resources.ru_utime);
    usage.cpu_system_s = seconds_of(resources.ru_stime);
  }
  utsname name{};
  if (uname(&name) == 0) {
    usage.operating_system = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
  }
  return usage;
}

}  // namespace cachekit::node
