// Where the cachekit-node program is.

#pragma once

#include <filesystem>

#include "cachekit/status.h"

namespace cachekit::local {

/// `named` if it is not empty, otherwise the environment variable CACHEKIT_NODE, otherwise
/// cachekit-node beside the running program, otherwise on the PATH. Absolute. Fails with
/// unavailable and what was tried.
Result<std::filesystem::path> find_node_program(const std::filesystem::path& named);

}  // namespace cachekit::local
