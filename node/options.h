// The command line of cachekit-node, and its configuration file.

#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "node/settings.h"

namespace cachekit::node {

struct Options {
  Settings settings;

  /// Where log lines go; empty: standard error.
  std::string log_file;

  /// A descriptor that is told the address once the node listens, and then closed.
  std::optional<int> ready_descriptor;

  /// Stop when the parent's thread that started the node ends.
  bool die_with_parent = false;
};

/// Why the program ends instead of running: asked for help, or told something impossible.
struct EarlyExit {
  int status;
  std::string text;
};

/// Reads flags, then the file named by --config, then the environment (CACHEKIT_REQUIREPASS); the
/// earlier wins.
tl::expected<Options, EarlyExit> parse_options(int count, const char* const* words);

/// Protected mode: whoever listens beyond this machine needs a password. Otherwise a sentence.
tl::expected<void, std::string> check_exposure(const Settings& settings);

}  // namespace cachekit::node
