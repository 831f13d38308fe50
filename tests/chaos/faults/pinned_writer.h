// A client that knows one node only, from beside it, and goes on writing to it whatever becomes of
// the node: it finds out whether a primary acknowledges anything after another has its place.
//
// Thread rule: one thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/chaos/faults/fault.h"

namespace cachekit::chaos {

/// Of what it has sent.
struct PinnedCount {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused_by_deposed = 0;
  std::uint64_t acknowledged_by_deposed = 0;

  void add_to(Report& report) const;
};

class PinnedWriter {
 public:
  /// Begins at once. `node` is listed as the shard's primary.
  PinnedWriter(const Scene& scene, std::size_t shard, std::string node);
  ~PinnedWriter() { stop(); }

  void stop();

  /// After stop().
  const PinnedCount& count() const { return count_; }
  const Status& status() const { return status_; }

 private:
  void run();
  Status write_on();
  bool is_deposed() const { return scene_.primary_of(shard_) != node_; }

  const Scene& scene_;
  std::size_t shard_;
  std::string node_;
  PinnedCount count_;
  Status status_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cachekit::chaos
