// A node that measures the turns of its loop, alone on a core where there are two, and a connection
// to load it by.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/latency/core_watch.h"
#include "tests/latency/cores.h"
#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::test {

struct Turn {
  Interval busy;
  std::chrono::microseconds cpu{0};
};

/// What INFO latency tells.
struct Turns {
  std::uint64_t count = 0;
  std::vector<Turn> slowest;  ///< By CPU time, the slowest first.
  std::uint64_t wall_max_us = 0;
  std::uint64_t over_a_millisecond = 0;
  std::uint64_t involuntary_switches = 0;
};

class MeasuredNode {
 public:
  using Words = std::vector<std::string>;

  explicit MeasuredNode(const Words& flags = {}, int core = node_core);

  const Endpoint& endpoint() const { return server_->endpoint(); }

  /// Checks that it is no error, unless that is allowed.
  std::string call(const Words& words, bool may_fail = false);

  /// Sends one batch and checks that every reply is the same.
  void send_batch(std::string_view commands, std::size_t count, std::string_view reply);

  std::uint64_t info(const std::string& section, const std::string& field);

  /// From now on.
  void begin_measuring();
  Turns turns();

  /// By how much its physical memory was larger since then than at the beginning, at most.
  std::size_t growth_bytes() const;

  void stop() { server_->stop(); }

 private:
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<RespConnection> connection_;
  std::size_t bytes_at_first_ = 0;
};

/// The rest of this process runs on another core than the node.
void leave_a_core_to_the_node();

}  // namespace cachekit::test
