// A TCP proxy between a listening port and a target, whose link can be made bad at any moment.
//
// What is cut is held back, as the kernel holds what it cannot get through: nothing moves, nobody
// is told, connections are taken and stay silent; when it heals, all of it goes on. A loss is a
// piece that comes late, and everything after it, because TCP hides losses so.
//
// It has a thread of its own. Thread rule: any thread may call.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace cachekit::test {

/// What one direction of a link does to what goes through it, in pieces of 16 KiB at most.
struct Way {
  bool cut = false;
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds jitter{0};  ///< A random time up to this on top, for each piece.

  /// A piece is lost so often, and comes as much later as a repetition does.
  double loss = 0;
  std::chrono::milliseconds repeated_after{200};

  std::size_t bytes_per_second = 0;  ///< 0: as fast as it goes.
};

struct LinkState {
  Way to_target = {};
  Way to_client = {};

  /// Only for connections whose first bytes contain this; all if it is empty. A connection is taken
  /// for any other until it has said something, unless everything is cut.
  std::string opening = {};
};

class TcpProxy {
 public:
  /// Listens on a free port of the loopback interface. `target` is host:port, numeric; port 0
  /// stands for the same port on that host. It need not be there yet, and while it is not,
  /// connections are taken and reset. Throws std::runtime_error.
  explicit TcpProxy(const std::string& target, std::uint64_t seed = 1);
  ~TcpProxy();

  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  /// Both host:port.
  const std::string& address() const;
  const std::string& target() const;

  /// From now on. What is on its way comes when it would have come, unless the way is cut.
  void set(const LinkState& state);
  void cut() { set({.to_target = {.cut = true}, .to_client = {.cut = true}}); }
  void heal() { set({}); }

 private:
  class Loop;

  std::unique_ptr<Loop> loop_;
};

}  // namespace cachekit::test
