#include "bench/compare/process_cpu.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace cachekit::bench::compare {

ProcessCpu process_cpu(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 2));
  constexpr int fields_before_utime = 11;
  std::string ignored;
  for (int i = 0; i < fields_before_utime; ++i) fields >> ignored;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return {user / ticks_a_second, system / ticks_a_second};
}

}  // namespace cachekit::bench::compare
