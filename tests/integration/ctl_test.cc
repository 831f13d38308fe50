#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/integration/run_program.h"
#include "tests/integration/temporary_folder.h"
#include "tests/support/server_process.h"
#include "tests/support/text.h"

namespace cachekit::test {
namespace {

// A home for cachekit-ctl's default folder, and a `down` at the end whatever happens.
class Ctl {
 public:
  Ctl() { ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1); }
  ~Ctl() { run("down"); }

  ProgramRun run(const std::string& words) { return run_program("cachekit-ctl " + words); }
  std::string url() const {
    return "file://" + (folder_.path() / "cachekit/topology.json").string();
  }

 private:
  TemporaryFolder folder_;
};

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

TEST_CASE("up starts a cluster that status, where and down find without being told") {
  Ctl ctl;
  const ProgramRun up = ctl.run("up --shards 2");
  INFO(up.output);
  REQUIRE(up.exit_code == 0);
  CHECK(contains(up.output, "2 nodes run"));
  CHECK(contains(up.output, ctl.url()));

  const ProgramRun status = ctl.run("status");
  INFO(status.output);
  CHECK(status.exit_code == 0);
  CHECK(lines_of(status.output) == 4);
  CHECK(contains(status.output, "master"));

  const ProgramRun where = ctl.run("where user:123");
  CHECK(where.exit_code == 0);
  CHECK(contains(where.output, " 127.0.0.1:"));
  CHECK(where.output == ctl.run("where '{user:123}:cart' --url " + ctl.url()).output);

  const ProgramRun down = ctl.run("down");
  CHECK(down.exit_code == 0);
  CHECK(down.output == "2 nodes stopped\n");
}

TEST_CASE("a second up is refused, and says what to do") {
  Ctl ctl;
  REQUIRE(ctl.run("up --shards 1").exit_code == 0);
  const ProgramRun second = ctl.run("up");
  CHECK(second.exit_code == 1);
  CHECK(contains(second.output, "stop it first"));
}

TEST_CASE("without a cluster, each command says what to do") {
  Ctl ctl;
  for (const char* command : {"status", "where key"}) {
    const ProgramRun run = ctl.run(command);
    CHECK(run.exit_code == 1);
    CHECK(contains(run.output, "start one with `cachekit-ctl up`"));
    CHECK(lines_of(run.output) == 1);
  }
  const ProgramRun down = ctl.run("down");
  CHECK(down.exit_code == 1);
  CHECK(contains(down.output, "no cluster runs in"));
}

TEST_CASE("node flags stand behind two dashes, and a folder may be named") {
  Ctl ctl;
  const TemporaryFolder folder;
  const std::string named = " --folder " + folder.path().string();
  const ProgramRun up = ctl.run("up --shards 1" + named + " -- --maxmemory=64mb");
  INFO(up.output);
  REQUIRE(up.exit_code == 0);
  const ProgramRun status =
      ctl.run("status --url file://" + (folder.path() / "topology.json").string());
  CHECK(contains(status.output, "of 64.0 MiB"));
  CHECK(ctl.run("down" + named).exit_code == 0);
}

TEST_CASE("status shows a dead node as unreachable, and fails") {
  Ctl ctl;
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "topology.json")
      << R"({"version": 1, "ring": {"hash": "xxh3", "points": 4096},
             "shards": [{"name": "gone", "primary": "127.0.0.1:1"}]})";
  const ProgramRun status =
      ctl.run("status --url file://" + (folder.path() / "topology.json").string());
  CHECK(status.exit_code == 1);
  CHECK(contains(status.output, "unreachable"));
}

TEST_CASE("status tells of an absent node that it is absent") {
  Ctl ctl;
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "topology.json")
      << R"({"version": 12, "ring": {"hash": "xxh3", "points": 4096},
             "shards": [{"name": "s1", "primary": "127.0.0.1:1", "absent": ["127.0.0.1:2"]}]})";
  const ProgramRun status =
      ctl.run("status --url file://" + (folder.path() / "topology.json").string());
  CHECK(status.exit_code == 1);
  CHECK(contains(status.output, "topology version 12\n"));
  CHECK(contains(status.output, "127.0.0.1:2  absent, unreachable\n"));
}

TEST_CASE("status shows stock servers, which have neither epoch nor lease") {
  if (!redis_is_installed()) return;
  Ctl ctl;
  const auto server = ServerProcess::start_redis();
  const ProgramRun status = ctl.run("status --url redis://" + server->endpoint().text());
  INFO(status.output);
  CHECK(status.exit_code == 0);
  CHECK(contains(status.output, "  master      -  -         -  "));
}

TEST_CASE("mistakes on the command line are told") {
  Ctl ctl;
  CHECK(ctl.run("").exit_code != 0);
  CHECK(ctl.run("fly").exit_code != 0);
  CHECK(ctl.run("where").exit_code != 0);
  CHECK(ctl.run("up --shards 0").exit_code != 0);
  CHECK(ctl.run("status --url nonsense").exit_code == 1);
  CHECK(ctl.run("--help").exit_code == 0);
}

}  // namespace
}  // namespace cachekit::test
