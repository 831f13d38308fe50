#include "client/local/node_launch.h"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/support/text.h"

namespace cachekit::local {
namespace {

using test::contains;

// A folder with a script that plays the node.
class FakeNode {
 public:
  explicit FakeNode(std::string_view script) {
    std::string name = (std::filesystem::temp_directory_path() / "launch-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    launch_.program = folder_ / "node";
    launch_.log = folder_ / "node.log";
    std::ofstream(launch_.program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(launch_.program, std::filesystem::perms::owner_all);
  }
  ~FakeNode() { std::filesystem::remove_all(folder_); }

  NodeLaunch& launch() { return launch_; }

  Result<StartingNode::Ready> start() {
    Result<StartingNode> node = StartingNode::spawn(launch_);
    if (!node) return tl::unexpected(node.error());
    return std::move(*node).await_ready(std::chrono::steady_clock::now() +
                                        std::chrono::seconds(20));
  }

 private:
  std::filesystem::path folder_;
  NodeLaunch launch_;
};

TEST_CASE("a node is ready when it has told its address") {
  FakeNode fake("echo 127.0.0.1:7001 >&3; exec 3>&-; exec sleep 100");
  auto ready = fake.start();
  REQUIRE(ready);
  CHECK(ready->address == "127.0.0.1:7001");
  CHECK(ready->process.running());
  ready->process.signal(SIGKILL);
  CHECK(ready->process.wait(std::chrono::seconds(20)));
  CHECK(ready->process.failure() == "was killed by signal 9");
}

TEST_CASE("the flags reach the node, its output the log") {
  FakeNode fake("echo \"$@\"; exit 3");
  fake.launch().words = {"--port", "7001", "--maxmemory=1mb", "a b"};
  CHECK_FALSE(fake.start());
  CHECK(end_of_log(fake.launch().log) ==
        "--port 7001 --maxmemory=1mb a b --ready-fd 3 --die-with-parent");
}

TEST_CASE("a detached node does not die with its parent and leads a session of its own") {
  FakeNode fake("echo \"$@\"; test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ && echo leads; exit 3");
  fake.launch().detached = true;
  CHECK_FALSE(fake.start());
  CHECK(end_of_log(fake.launch().log) == "--ready-fd 3\nleads");
}

TEST_CASE("a node that ends at once is reported with its exit code and the end of its log") {
  FakeNode fake("echo cannot listen >&2; exit 7");
  const auto ready = fake.start();
  REQUIRE_FALSE(ready);
  CHECK(ready.error().code() == Code::unavailable);
  CHECK(contains(ready.error().message(), "exited with 7"));
  CHECK(contains(ready.error().message(), "cannot listen"));
}

TEST_CASE("nonsense instead of an address is an error") {
  FakeNode fake("echo hello >&3; exit 0");
  CHECK(contains(fake.start().error().message(), "\"hello\" instead of host:port"));
}

TEST_CASE("a program that cannot be started is named") {
  FakeNode fake("");
  fake.launch().program = "/no/such/program";
  CHECK(contains(fake.start().error().message(), "cannot start /no/such/program"));
}

TEST_CASE("only the last lines of a long log are shown") {
  FakeNode fake("");
  const std::filesystem::path path = fake.launch().log;
  {
    std::ofstream log(path);
    for (int line = 0; line < 1000; ++line) log << "line " << line << "\n";
  }
  const std::string end = end_of_log(path);
  CHECK(end.starts_with("line 980\n"));
  CHECK(end.ends_with("line 999"));
}

}  // namespace
}  // namespace cachekit::local
