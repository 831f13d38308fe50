// What each subcommand of cachekit-ctl gives to main: its flags, and what it does.
//
// Thread rule: one thread.

#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cachekit/status.h"

namespace cachekit::ctl {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;

struct Subcommand {
  CLI::App* app;
  std::function<int()> run;  ///< Called after the flags were read; the program's exit code.
};

Subcommand add_up(CLI::App& app);
Subcommand add_down(CLI::App& app);
Subcommand add_status(CLI::App& app);
Subcommand add_where(CLI::App& app);

/// Prints the failure and answers exit_failed.
int complain(const Status& status);

}  // namespace cachekit::ctl
