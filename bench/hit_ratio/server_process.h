// A cache server as a child process, stopped by its own process id.
//
// For one thread: the server dies with the thread that started it, in any case.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/hit_ratio/cache_connection.h"
#include "cachekit/status.h"

namespace cachekit::bench::hit_ratio {

/// A port of the loopback interface that was free a moment ago.
std::uint16_t free_port();

class ServerProcess {
 public:
  /// Runs the program, found through PATH, and waits until it answers on the port.
  static Result<std::unique_ptr<ServerProcess>> start(const std::vector<std::string>& command,
                                                      Protocol protocol, std::uint16_t port);
  ~ServerProcess();

  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  CacheConnection& connection() { return *connection_; }

  /// Physical memory now, and the most there was since the server began to answer.
  std::size_t resident_bytes() const;
  std::size_t peak_bytes() const;

 private:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  Status wait_until_it_answers(Protocol protocol, std::uint16_t port);
  bool has_ended();
  void forget_peak() const;

  pid_t pid_;
  bool ended_ = false;
  std::unique_ptr<CacheConnection> connection_;
};

}  // namespace cachekit::bench::hit_ratio
