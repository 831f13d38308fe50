// The folder of the local cluster that the subcommands mean when none is named:
// $XDG_RUNTIME_DIR/cachekit, or /tmp/cachekit-UID where that variable is not set.
//
// Thread rule: one thread.

#pragma once

#include <filesystem>
#include <string>

#include "cachekit/status.h"

namespace cachekit::ctl {

std::filesystem::path default_folder();

/// Makes the folder, for this user alone. Fails if it is another user's, who could otherwise choose
/// what `down` stops and where clients connect.
Status make_folder(const std::filesystem::path& folder);

/// The URL of the cluster that `up` has started in the folder. Fails with unavailable and what to
/// do if there is none, or if the folder is another user's.
Result<std::string> url_in_folder(const std::filesystem::path& folder);

/// `url` if it is not empty, otherwise the URL of the cluster in the default folder.
Result<std::string> url_or_default(const std::string& url);

}  // namespace cachekit::ctl
