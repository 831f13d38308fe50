// From a URL and options to a client that is ready for calls.

#pragma once

#include <memory>
#include <string_view>

#include "cachekit/options.h"
#include "cachekit/status.h"
#include "client/api/client_state.h"
#include "client/io/connection.h"
#include "client/topology/url.h"

namespace cachekit::api {

/// See Client::connect. Tests turn guards of the near-cache off.
Result<std::unique_ptr<ClientState>> connect(std::string_view url, const ClientOptions& options,
                                             const caching::Guards& guards = {});

/// What all connections of whoever uses this URL and these options have in common.
Result<io::ConnectionSettings> connection_settings(const topology::ClusterUrl& url,
                                                   const ClientOptions& options);

}  // namespace cachekit::api
