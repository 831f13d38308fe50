#include "tests/integration/run_program.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace cachekit::test {
namespace {

ProgramRun run(const std::string& words) {
  const std::string line = std::string(CACHEKIT_PROGRAMS) + "/" + words;
  std::FILE* pipe = ::popen(line.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + line);
  ProgramRun run;
  std::array<char, 4096> bytes;
  while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    run.output.append(bytes.data(), count);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) run.exit_code = WEXITSTATUS(status);
  return run;
}

}  // namespace

ProgramRun run_program(const std::string& words) { return run(words + " 2>&1"); }

ProgramRun run_quietly(const std::string& words) { return run(words + " 2>/dev/null"); }

}  // namespace cachekit::test
