#include "client/topology/credentials.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace cachekit::topology {
namespace {

Environment environment(std::optional<std::string> password) {
  return [password](const char* name) {
    return std::string_view(name) == "CACHEKIT_PASSWORD" ? password : std::nullopt;
  };
}

/// A file with this content for as long as the object lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    char path[] = "/tmp/cachekit-credentials-XXXXXX";
    const int descriptor = mkstemp(path);
    REQUIRE(descriptor >= 0);
    close(descriptor);
    path_ = path;
    std::ofstream(path_) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("the URL's password wins over the options', and those over the environment's") {
  ClusterUrl url;
  ClientOptions options;
  CHECK(find_credentials(url, options, environment("env"))->password == "env");
  options.password = "option";
  options.user = "bob";
  CHECK(find_credentials(url, options, environment("env"))->password == "option");
  url.password = "url";
  CHECK(find_credentials(url, options, environment("env"))->password == "url");
  CHECK(find_credentials(url, options, environment("env"))->user == "bob");
  url.user = "alice";
  CHECK(find_credentials(url, options, environment("env"))->user == "alice");
}

TEST_CASE("without any password there are no credentials") {
  CHECK(find_credentials({}, {}, environment(std::nullopt))->empty());
}

TEST_CASE("the password file gives its first line, before the environment") {
  const TemporaryFile file("from file\r\nsecond line\n");
  ClientOptions options;
  options.password_file = file.path();
  CHECK(find_credentials({}, options, environment("env"))->password == "from file");
}

TEST_CASE("a password file that cannot be read is an error") {
  ClientOptions options;
  options.password_file = "/nonexistent/password";
  const auto found = find_credentials({}, options, environment("env"));
  REQUIRE(!found.has_value());
  CHECK(found.error().code() == Code::invalid_argument);
  CHECK(found.error().message().find("/nonexistent/password") != std::string::npos);

  const TemporaryFile empty("");
  options.password_file = empty.path();
  CHECK(!find_credentials({}, options, environment("env")).has_value());
}

TEST_CASE("a user without a password is an error that does not show the user") {
  ClusterUrl url;
  url.user = "hunter2";
  const auto found = find_credentials(url, {}, environment(std::nullopt));
  REQUIRE(!found.has_value());
  CHECK(found.error().message().find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace cachekit::topology
