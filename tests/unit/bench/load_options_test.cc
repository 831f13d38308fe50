#include "bench/load/load_options.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace cachekit::bench {
namespace {

struct Parsed {
  LoadOptions options;
  std::optional<int> exit_code;
};

Parsed parse(std::initializer_list<const char*> words) {
  std::vector<const char*> arguments{"cachekit-bench"};
  arguments.insert(arguments.end(), words);
  Parsed parsed;
  parsed.exit_code =
      parse_command_line(static_cast<int>(arguments.size()), arguments.data(), parsed.options);
  return parsed;
}

bool is_refused(std::initializer_list<const char*> words) {
  const Parsed parsed = parse(words);
  return parsed.exit_code && *parsed.exit_code != 0;
}

TEST_CASE("no flags ask for the canonical workload") {
  const auto [options, exit_code] = parse({});
  CHECK_FALSE(exit_code);
  CHECK(options.url.empty());
  CHECK(options.shards == 3);
  CHECK(options.threads == 8);
  CHECK(options.keys == 100'000);
  CHECK(options.key_size_bytes == 50);
  CHECK(options.value_size_bytes == 500);
  CHECK(options.get_ratio == 0.8);
  CHECK(options.distribution == Distribution::zipf);
  CHECK(options.zipf_exponent == 0.99);
  CHECK(options.preload);
  CHECK_FALSE(options.duration_s);
  CHECK(canonical_duration_s == 10);
}

TEST_CASE("flags change what they name") {
  const auto [options, exit_code] =
      parse({"--url", "redis://h:1", "--threads=2", "--pipeline=16", "--distribution=uniform",
             "--ttl=0.5", "--rate=1000", "--no-preload", "--requests=7", "--timeout=2.5"});
  CHECK_FALSE(exit_code);
  CHECK(options.url == "redis://h:1");
  CHECK(options.threads == 2);
  CHECK(options.pipeline_depth == 16);
  CHECK(options.distribution == Distribution::uniform);
  CHECK(options.ttl == std::chrono::milliseconds(500));
  CHECK(options.rate_per_s == 1000);
  CHECK_FALSE(options.preload);
  CHECK(options.requests == 7);
  CHECK(options.timeout == std::chrono::milliseconds(2500));
}

TEST_CASE("node flags may begin with dashes and come several times") {
  const auto [options, exit_code] =
      parse({"--node-flag=--maxmemory=64mb", "--node-flag=--log-level=debug"});
  CHECK_FALSE(exit_code);
  CHECK(options.node_flags == std::vector<std::string>{"--maxmemory=64mb", "--log-level=debug"});
}

TEST_CASE("of a flag given twice the last counts") {
  CHECK(parse({"--threads=2", "--threads", "5"}).options.threads == 5);
}

TEST_CASE("what makes no sense is refused") {
  CHECK(is_refused({"--threads=0"}));
  CHECK(is_refused({"--pipeline=0"}));
  CHECK(is_refused({"--keys=0"}));
  CHECK(is_refused({"--key-size=4"}));
  CHECK(is_refused({"--get-ratio=1.5"}));
  CHECK(is_refused({"--distribution=normal"}));
  CHECK(is_refused({"--rate=0"}));
  CHECK(is_refused({"--ttl=0"}));
  CHECK(is_refused({"--value-scale=0"}));
  CHECK(is_refused({"--url=redis://h:1", "--node-flag=--maxmemory=1mb"}));
  CHECK(is_refused({"--no-such-flag"}));
}

TEST_CASE("help and version end the program well") {
  CHECK(parse({"--help"}).exit_code == 0);
  CHECK(parse({"--version"}).exit_code == 0);
}

}  // namespace
}  // namespace cachekit::bench
