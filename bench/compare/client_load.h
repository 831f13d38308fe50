// What a load by one client library is told, and what it tells.

#pragma once

#include <cachekit/latency_histogram.h>
#include <cachekit/options.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace cachekit::bench::compare {

using Clock = std::chrono::steady_clock;

struct ClientLoad {
  std::string library = "cachekit";
  std::string operation = "get";
  std::string host = "127.0.0.1";
  int port = 7379;
  int threads = 1;  ///< Or coroutines.
  int depth = 64;
  int keys = 100'000;
  int value_bytes = 500;
  double seconds = 3;
  double warm_up = 0.5;
  int server_pid = 0;
  std::size_t connections = ClientOptions().connections_per_node;

  bool sets() const { return operation == "set"; }
  std::string url() const { return fmt::format("cachekit://{}:{}", host, port); }
};

enum class Phase { warm_up, measured, over };

/// Of one thread or coroutine.
struct Totals {
  std::uint64_t requests = 0;
  FineLatencyHistogram latencies;
};

inline std::string key_of(std::uint64_t number) { return fmt::format("key:{:012}", number); }

[[noreturn]] inline void fail(const std::string& what) { throw std::runtime_error(what); }

}  // namespace cachekit::bench::compare
