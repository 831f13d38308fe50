#include "node/options.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace cachekit::test {
namespace {

using node::EarlyExit;
using node::Options;
using node::parse_options;

tl::expected<Options, EarlyExit> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "cachekit-node");
  return parse_options(static_cast<int>(words.size()), words.data());
}

// A file that goes when the test ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "cachekit-XXXXXX").string();
    ::close(::mkstemp(pattern.data()));
    path_ = pattern;
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

std::string refusal(std::vector<const char*> words) {
  const auto options = parse(std::move(words));
  REQUIRE(!options);
  CHECK(options.error().status == 2);
  return options.error().text;
}

TEST_CASE("without flags the node listens on loopback and evicts") {
  const auto options = parse({});
  REQUIRE(options);
  CHECK(options->settings.port == 7379);
  CHECK(options->settings.bind.empty());
  CHECK(options->settings.max_memory_bytes == 0);
  CHECK(options->settings.eviction == node::storage::Eviction{});
  CHECK(options->settings.query_buffer_limit_bytes == std::size_t{1} << 30);
  CHECK(!options->ready_descriptor);
  CHECK(!options->die_with_parent);
}

TEST_CASE("flags are read") {
  const auto options = parse({"--port",
                              "0",
                              "--bind",
                              "127.0.0.1",
                              "--bind",
                              "::1",
                              "--unix-socket",
                              "/tmp/s",
                              "--maxmemory",
                              "512mb",
                              "--eviction",
                              "noeviction",
                              "--maxclients",
                              "100",
                              "--timeout",
                              "60",
                              "--query-buffer-limit",
                              "2mb",
                              "--output-buffer-limit",
                              "3mb",
                              "--log-level",
                              "debug",
                              "--ready-fd",
                              "7",
                              "--die-with-parent"});
  REQUIRE(options);
  const node::Settings& settings = options->settings;
  CHECK(settings.port == 0);
  CHECK(settings.bind == std::vector<std::string>{"127.0.0.1", "::1"});
  CHECK(settings.unix_socket == "/tmp/s");
  CHECK(settings.max_memory_bytes == std::size_t{512} << 20);
  CHECK_FALSE(settings.eviction.evicts);
  CHECK(settings.max_clients == 100);
  CHECK(settings.timeout_s == 60);
  CHECK(settings.query_buffer_limit_bytes == 2 << 20);
  CHECK(settings.output_buffer_limit_bytes == 3 << 20);
  CHECK(settings.log_level == node::LogLevel::debug);
  CHECK(options->ready_descriptor == 7);
  CHECK(options->die_with_parent);
}

TEST_CASE("a file gives what the flags do not") {
  const TemporaryFile file("port = 7400\nmaxmemory = 1gb\neviction = lru\nbind = 127.0.0.1\n");
  const auto options = parse({"--config", file.path(), "--port", "7500"});
  REQUIRE(options);
  CHECK(options->settings.port == 7500);
  CHECK(options->settings.max_memory_bytes == std::size_t{1} << 30);
  CHECK(options->settings.bind == std::vector<std::string>{"127.0.0.1"});
}

TEST_CASE("a file with an unknown name is refused") {
  const TemporaryFile file("prot = 7400\n");
  CHECK(refusal({"--config", file.path()}).find("prot") != std::string::npos);
}

TEST_CASE("what makes no sense is refused with a sentence") {
  CHECK(refusal({"--maxmemory", "lots"}) ==
        "cachekit-node: --maxmemory is 'lots', expected a size such as 512mb, 1gb or 1048576\n");
  CHECK(refusal({"--eviction", "random"}) ==
        "cachekit-node: --eviction is 'random', expected one of noeviction, adaptive, lru, lfu, "
        "s3fifo, volatile-adaptive, volatile-lru, volatile-lfu, volatile-s3fifo\n");
  CHECK(refusal({"--log-level", "loud"}) ==
        "cachekit-node: --log-level is 'loud', expected debug, verbose, notice or warning\n");
  CHECK(refusal({"--query-buffer-limit", "1kb"}) ==
        "cachekit-node: --query-buffer-limit is 1kb, expected at least 1048576 bytes\n");
  CHECK(refusal({"--no-tcp"}) ==
        "cachekit-node: --no-tcp needs --unix-socket, or there is nothing to listen on\n");
  CHECK(!refusal({"--port", "70000"}).empty());
  CHECK(!refusal({"--nonsense"}).empty());
}

TEST_CASE("help and version are no failures") {
  const auto help = parse({"--help"});
  REQUIRE(!help);
  CHECK(help.error().status == 0);
  CHECK(help.error().text.find("--maxmemory") != std::string::npos);
  const auto version = parse({"--version"});
  REQUIRE(!version);
  CHECK(version.error().status == 0);
}

TEST_CASE("listening beyond this machine needs a password") {
  CHECK(refusal({"--bind", "0.0.0.0"}) ==
        "cachekit-node: --bind 0.0.0.0 would open the node to other machines without a password: "
        "give it one with --requirepass-file, or bind 127.0.0.1\n");
  CHECK(!refusal({"--bind", "127.0.0.1", "--bind", "10.0.0.1"}).empty());
  CHECK(!refusal({"--bind", "::"}).empty());
  CHECK(parse({"--bind", "0.0.0.0", "--requirepass", "secret"}));
  CHECK(parse({"--bind", "127.0.0.2", "--bind", "::1"}));
}

TEST_CASE("the password comes from a file or from the environment") {
  const TemporaryFile file("secret\nsecond line\n");
  const auto from_file = parse({"--requirepass-file", file.path()});
  REQUIRE(from_file);
  CHECK(from_file->settings.password == "secret");
  CHECK(!refusal({"--requirepass-file", "/nonexistent/file"}).empty());
  CHECK(!refusal({"--requirepass-file", file.path(), "--requirepass", "other"}).empty());

  setenv("CACHEKIT_REQUIREPASS", "from-environment", 1);
  const auto from_environment = parse({});
  unsetenv("CACHEKIT_REQUIREPASS");
  REQUIRE(from_environment);
  CHECK(from_environment->settings.password == "from-environment");
}

TEST_CASE("what tracking may take is bounded by default, and can be bounded otherwise") {
  const auto defaults = parse({});
  REQUIRE(defaults);
  CHECK(defaults->settings.tracking_table_max_keys == 1'000'000);
  CHECK(defaults->settings.invalidation_buffer_limit_bytes == 32 << 20);
  const auto options =
      parse({"--tracking-table-max-keys", "0", "--invalidation-buffer-limit", "64kb"});
  REQUIRE(options);
  CHECK(options->settings.tracking_table_max_keys == 0);
  CHECK(options->settings.invalidation_buffer_limit_bytes == 64 << 10);
  CHECK(refusal({"--invalidation-buffer-limit", "0"}) ==
        "cachekit-node: --invalidation-buffer-limit is 0, expected at least 65536 bytes\n");
}

}  // namespace
}  // namespace cachekit::test
