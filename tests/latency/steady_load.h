// Clients that go on working while a node does something else besides: so many writes and reads a
// second, of keys that are there, in an open loop.
//
// Runs in a thread of its own until it is destroyed.

#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include "tests/support/server_process.h"

namespace cachekit::test {

class SteadyLoad {
 public:
  /// Every half millisecond one key is written and another is read, so 4,000 operations a second.
  /// The keys are `key_of` those below `keys`.
  SteadyLoad(const Endpoint& endpoint, std::size_t keys, std::size_t value_bytes);
  ~SteadyLoad() { stop(); }
  SteadyLoad(const SteadyLoad&) = delete;
  SteadyLoad& operator=(const SteadyLoad&) = delete;

  /// Empty if all was answered as it should be.
  const std::string& stop();

 private:
  void run(const Endpoint& endpoint, std::size_t keys, const std::string& value);

  std::string failure_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// All keys of a measured node are named like this.
std::string key_of(std::size_t number);

}  // namespace cachekit::test
