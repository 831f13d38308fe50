// Counts how often a shard's primary has become another one, whoever has brought it about.
//
// Thread rule: any thread may ask.

#pragma once

#include <cachekit/client.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace cachekit::chaos {

class PrimaryWatch {
 public:
  /// The client must outlive it.
  explicit PrimaryWatch(const Client& client);
  ~PrimaryWatch();

  std::uint64_t changes() const { return changes_; }

 private:
  void run();

  const Client& client_;
  std::atomic<std::uint64_t> changes_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cachekit::chaos
