// Which user and password a client authenticates with. They appear in no message.

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cachekit/options.h"
#include "cachekit/status.h"
#include "client/topology/url.h"

namespace cachekit::topology {

struct Credentials {
  std::string user;  ///< Empty: the default user.
  std::string password;

  bool empty() const { return password.empty(); }
};

/// The value of an environment variable, if it is set; the production one asks getenv.
using Environment = std::function<std::optional<std::string>(const char* name)>;

Environment process_environment();

/// In this order: the URL's, the options', the first line of the password file, CACHEKIT_PASSWORD.
/// Fails with invalid_argument if a password file is named and cannot be read, or if there is a
/// user and no password.
Result<Credentials> find_credentials(const ClusterUrl& url, const ClientOptions& options,
                                     const Environment& environment);

}  // namespace cachekit::topology
