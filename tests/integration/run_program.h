// Programs of the build, run by a test to their end.

#pragma once

#include <string>
#include <string_view>

namespace cachekit::test {

struct ProgramRun {
  int exit_code = -1;
  std::string output;  ///< Standard output and standard error, as they came.
};

/// Runs `words` in a shell; the first is the name of a program of this build. Others are seen by
/// the shell, so quote what it must not read.
ProgramRun run_program(const std::string& words);

bool contains(std::string_view text, std::string_view part);

}  // namespace cachekit::test
