#include "client/local/process_handle.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

namespace cachekit::local {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

pid_t fork_child(int exit_code) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (exit_code < 0) ::pause();
    ::_exit(exit_code);
  }
  return pid;
}

constexpr int waits_for_ever = -1;

TEST_CASE("the start time is the 22nd field, whatever the name holds") {
  const std::string tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
  CHECK(start_time_in_stat("42 (sh)" + tail) == 4711);
  CHECK(start_time_in_stat("42 (a) (b c) 9)" + tail) == 4711);
  CHECK_FALSE(start_time_in_stat("42 (sh) S 1 2"));
  CHECK_FALSE(start_time_in_stat(""));
}

TEST_CASE("a process is found by its identity only") {
  const auto self = ProcessHandle::open(::getpid());
  REQUIRE(self);
  ProcessIdentity identity = self->identity();
  CHECK(identity.start_time_ticks > 0);
  CHECK(ProcessHandle::find(identity));
  ++identity.start_time_ticks;
  CHECK_FALSE(ProcessHandle::find(identity));
  CHECK_FALSE(ProcessHandle::find({}));
}

TEST_CASE("a running child is waited for no longer than asked") {
  auto child = ProcessHandle::open(fork_child(waits_for_ever));
  REQUIRE(child);
  CHECK_FALSE(child->wait(milliseconds(1)));
  CHECK(child->running());
  child->signal(SIGKILL);
  CHECK(child->wait(seconds(20)));
  CHECK(child->failure() == "was killed by signal 9");
}

TEST_CASE("a child that ends well has no failure, and is reaped") {
  auto child = ProcessHandle::open(fork_child(0));
  REQUIRE(child);
  CHECK(child->wait(seconds(20)));
  CHECK(child->failure().empty());
  CHECK(::kill(child->identity().pid, 0) != 0);
  CHECK_FALSE(ProcessHandle::find(child->identity()));
}

TEST_CASE("an exit code is told") {
  auto child = ProcessHandle::open(fork_child(3));
  REQUIRE(child);
  CHECK(child->wait(seconds(20)));
  CHECK(child->failure() == "exited with 3");
}

}  // namespace
}  // namespace cachekit::local
