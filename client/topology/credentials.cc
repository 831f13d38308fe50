#include "client/topology/credentials.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace cachekit::topology {
namespace {

Result<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) {
    const char* reason = file.is_open() ? "it is empty" : std::strerror(errno);
    return tl::unexpected(Status(
        Code::invalid_argument, fmt::format("cannot read the password file {}: {}", path, reason)));
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<Credentials> find_credentials(const ClusterUrl& url, const ClientOptions& options,
                                     const Environment& environment) {
  Credentials found{.user = url.user.empty() ? options.user : url.user,
                    .password = url.password.empty() ? options.password : url.password};
  if (found.password.empty() && !options.password_file.empty()) {
    Result<std::string> line = first_line(options.password_file);
    if (!line) return tl::unexpected(std::move(line.error()));
    found.password = *std::move(line);
  } else if (found.password.empty()) {
    found.password = environment("CACHEKIT_PASSWORD").value_or("");
  }
  if (!found.user.empty() && found.password.empty()) {
    // The name stays out of the sentence: it may be a password that was written without its colon.
    return tl::unexpected(Status(Code::invalid_argument, "a user is given without a password"));
  }
  return found;
}

}  // namespace cachekit::topology
