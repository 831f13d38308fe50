// The guest: a client that may be cut from a node while all others are not. It writes and reads on
// one shard.
//
// Thread rule: one thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>

#include "tests/chaos/faults/fault.h"

namespace cachekit::chaos {

class Guest {
 public:
  /// Begins at once. `tag` is of a shard, `url` the cluster as the guest sees it.
  Guest(const Network& network, std::string url, const std::string& tag);
  ~Guest() { stop(); }

  void stop();

  /// After stop().
  const Ledger& ledger() const { return ledger_; }
  const Status& status() const { return status_; }

 private:
  Status run(const std::string& url);

  const Network& network_;
  Ledger ledger_;
  Status status_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cachekit::chaos
