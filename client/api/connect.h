// From a URL and options to a router that is ready for calls.

#pragma once

#include <memory>
#include <string_view>

#include "cachekit/options.h"
#include "cachekit/status.h"
#include "client/routing/router.h"

namespace cachekit::api {

/// See Client::connect.
Result<std::unique_ptr<routing::Router>> connect(std::string_view url,
                                                 const ClientOptions& options);

}  // namespace cachekit::api
