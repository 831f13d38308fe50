// Coroutines that GET or SET through one cachekit::Client, on two threads of its own.

#pragma once

#include <cachekit/client.h>

#include <atomic>
#include <latch>
#include <vector>

#include "bench/compare/client_load.h"

namespace cachekit::bench::compare {

class CoroutineLoad {
 public:
  /// They go on until the phase is over. All that is named must outlive them.
  CoroutineLoad(const ClientLoad& load, const std::atomic<Phase>& phase,
                std::vector<Totals>& totals);

  /// Once the phase is over.
  void join() { running_.wait(); }

 private:
  std::latch running_;
  Client client_;
};

}  // namespace cachekit::bench::compare
