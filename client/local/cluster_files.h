// The folder of a local cluster, and what lies in it.
//
// Thread rule: any thread.

#pragma once

#include <filesystem>
#include <string>

#include "cachekit/status.h"

namespace cachekit::local {

std::filesystem::path topology_path(const std::filesystem::path& folder);
std::filesystem::path record_path(const std::filesystem::path& folder);

/// Of the node or agent of that name.
std::filesystem::path log_path(const std::filesystem::path& folder, const std::string& name);

/// A new one among the temporary files.
Result<std::filesystem::path> fresh_folder();

/// Makes it if it is not there. An absolute path.
Result<std::filesystem::path> named_folder(const std::filesystem::path& folder);

/// Fails with invalid_argument if nodes run that were started in this folder, for it describes one
/// cluster at a time.
Status check_unused(const std::filesystem::path& folder);

/// Removes what is of use only while the cluster runs. Logs stay.
void remove_files(const std::filesystem::path& folder);

}  // namespace cachekit::local
