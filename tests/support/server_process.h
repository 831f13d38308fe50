// Servers as child processes of a test: redis-server and cachekit-node.
//
// A server is stopped by its own process id when its ServerProcess goes, also when a test fails,
// and dies with the test in any case. Its output is kept, up to a limit, and shown when something
// goes wrong. For one thread.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/free_port.h"

namespace cachekit::test {

/// Where a server listens: host and port, or a Unix socket if the path is not empty.
struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string unix_path = {};

  std::string text() const;
};

/// Is redis-server installed? If not, says so on the standard output, once.
bool redis_is_installed();

class ServerProcess {
 public:
  using Arguments = std::vector<std::string>;

  /// redis-server without persistence and with one database, as a node has; answers PING when
  /// this returns. Throws std::runtime_error with its output if it does not start.
  static std::unique_ptr<ServerProcess> start_redis(const Arguments& more = {});

  /// The program in the environment variable CACHEKIT_NODE, listening when this returns. Throws
  /// std::runtime_error with its output if it does not start.
  static std::unique_ptr<ServerProcess> start_node(const Arguments& more = {});

  /// Runs cachekit-node with exactly these arguments until it ends by itself, as it does when it
  /// refuses them.
  struct Exit {
    int status;  ///< The exit code, or -1 if it was ended by a signal or by our deadline.
    std::string output;
  };
  static Exit run_node(const Arguments& arguments);

  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }

  bool is_running();

  /// SIGTERM, then waits, and checks (in the sense of doctest's CHECK) that it exited with 0: a
  /// crash, a sanitizer's report and a hang all fail the test. Does nothing the second time.
  void stop();

  /// SIGTERM, without waiting.
  void tell_to_stop() const;

  /// Waits for the end of a server that was told to stop, and checks it as stop() does.
  void await_end();

  /// SIGKILL. Its end is not checked.
  void kill();

  /// Physical memory in use, from /proc; and the most of it since forget_peak().
  std::size_t resident_bytes() const;
  std::size_t peak_resident_bytes() const;
  void forget_peak() const;

  /// The end of what it has printed.
  std::string output_tail() const;

 private:
  class Output;

  ServerProcess(const Arguments& command, int ready_descriptor);

  std::size_t status_bytes(const std::string& field) const;
  bool wait_for_exit(std::chrono::milliseconds limit);
  std::string read_ready_line(int descriptor);
  void check_end(bool ran_until_then);
  bool answers_ping() const;
  std::string exit_text() const;

  Endpoint endpoint_;
  std::unique_ptr<Output> output_;
  pid_t pid_ = -1;
  bool running_ = false;
  int wait_status_ = 0;
};

}  // namespace cachekit::test
