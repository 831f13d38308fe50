// The folder that a local cluster keeps its files in.
//
// Thread rule: any thread.

#pragma once

#include <filesystem>

#include "cachekit/status.h"

namespace cachekit::local {

/// A new one among the system's temporary files.
Result<std::filesystem::path> fresh_folder();

/// This one, made if it is not there; its absolute path.
Result<std::filesystem::path> named_folder(const std::filesystem::path& folder);

}  // namespace cachekit::local
