// A client that asks one small question every millisecond, and how long the answers took.
//
// Latency counts from when a question was due, so a pause counts for every question that fell into
// it. Runs in a thread of its own until it is stopped, before others on its core where it may.

#pragma once

#include <cachekit/latency_histogram.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/latency/core_watch.h"
#include "tests/support/server_process.h"

namespace cachekit::test {

class Probe {
 public:
  explicit Probe(const Endpoint& endpoint);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Ends it, and tells when each question was due and when it was answered. Throws
  /// std::runtime_error if one was not.
  const std::vector<Interval>& stop();

 private:
  void run(const Endpoint& endpoint);

  std::vector<Interval> questions_;
  std::string failure_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace cachekit::test
