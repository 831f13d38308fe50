// Small files that several processes read while one replaces them.
//
// Thread rule: any thread.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cachekit/status.h"

namespace cachekit::topology {

/// Readers see the old text or the new, never a part. Readable by the owner only, for it may hold a
/// password.
Status write_file(const std::filesystem::path& path, std::string_view text);

/// Of a file that is far too large, the beginning. What cannot be read, such as a folder, is
/// unavailable.
Result<std::string> read_file(const std::filesystem::path& path);

}  // namespace cachekit::topology
