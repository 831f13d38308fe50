// Programs of the build, run by a test to their end.

#pragma once

#include <string>
#include <string_view>

namespace cachekit::test {

struct ProgramRun {
  int exit_code = -1;
  std::string output;
};

/// Runs `words` in a shell; the first is the name of a program of this build. Others are seen by
/// the shell, so quote what it must not read. The output is standard output and standard error, as
/// they came.
ProgramRun run_program(const std::string& words);

/// The same without standard error.
ProgramRun run_quietly(const std::string& words);

}  // namespace cachekit::test
