// A node that a test torments, with what the tests of it share.

#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::conformance {

using Words = std::vector<std::string>;

inline constexpr std::size_t mebibyte = 1 << 20;

// Sanitizers keep freed memory for a while, so there only growth without bound can be told.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t sanitizer_margin_bytes = 600 * mebibyte;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr std::size_t sanitizer_margin_bytes = 600 * mebibyte;
#else
inline constexpr std::size_t sanitizer_margin_bytes = 0;
#endif
#else
inline constexpr std::size_t sanitizer_margin_bytes = 0;
#endif

// What a node may take beyond what a test lets it hold: buffers, the allocator's slack.
inline constexpr std::size_t overhead_bytes = 24 * mebibyte + sanitizer_margin_bytes;

/// A command's reply; "nothing" if none comes.
inline std::string ask(test::RespConnection& connection, const Words& words) {
  return connection.call(words).value_or("nothing");
}

/// The replies to command(0), command(1), …, of which many are sent at a time.
template <class Command>
std::vector<std::string> ask_many(test::RespConnection& connection, int count, Command command) {
  constexpr int at_a_time = 500;
  std::vector<std::string> replies;
  while (std::ssize(replies) < count) {
    const int end = std::min(count, static_cast<int>(replies.size()) + at_a_time);
    std::string pipeline;
    for (int i = static_cast<int>(replies.size()); i < end; ++i) {
      pipeline += test::encode_command(command(i));
    }
    REQUIRE(connection.send(pipeline));
    while (std::ssize(replies) < end) {
      auto reply = connection.read_reply();
      REQUIRE(reply);
      replies.push_back(*std::move(reply));
    }
  }
  return replies;
}

/// Waits, within a limit, for a condition that another process brings about.
template <class Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

/// A node, checked to answer and to stop cleanly at the end of each test.
class RunningNode {
 public:
  explicit RunningNode(const Words& flags = {})
      : process_(test::ServerProcess::start_node(flags)) {}
  ~RunningNode() {
    if (process_->is_running()) check_serves();
    process_->stop();
  }

  test::ServerProcess& process() { return *process_; }

  /// While it stands still, what is sent to it gathers.
  void pause() { ::kill(process_->pid(), SIGSTOP); }
  void go_on() { ::kill(process_->pid(), SIGCONT); }

  std::unique_ptr<test::RespConnection> connect(
      std::chrono::milliseconds timeout = test::RespConnection::default_timeout) const {
    return test::RespConnection::to(process_->endpoint(), timeout);
  }
  void check_serves() const { CHECK(serves()); }
  // An answer is enough: with a password it is a refusal.
  bool serves() const {
    const auto connection = test::RespConnection::open(process_->endpoint());
    const std::string reply = connection ? ask(*connection, {"PING"}) : "";
    return reply == "+PONG\r\n" || reply.starts_with("-NOAUTH ");
  }

 private:
  std::unique_ptr<test::ServerProcess> process_;
};

}  // namespace cachekit::conformance
