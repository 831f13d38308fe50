// Servers behind proxies, and processes of clients that check each other's writes on them.
//
// For one thread.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/chaos/coherence/ledger.h"
#include "tests/integration/temporary_folder.h"

namespace cachekit::coherence {

struct Outcome {
  std::uint64_t reads = 0;
  std::uint64_t hits = 0;
  std::uint64_t writes = 0;
  std::uint64_t voided_fills = 0;
  std::uint64_t drops = 0;
  std::uint64_t violations = 0;
  double oldest_ms = 0;
  std::string violation;  ///< The first.
};

struct CheckSetting {
  std::string url;
  std::chrono::milliseconds max_silence{200};
  std::chrono::milliseconds bound{200};
  std::chrono::milliseconds own_bound{0};
  int write_replicas = 0;
  bool broadcast = false;
  std::string guard_off = {};
  std::chrono::milliseconds time{
      1500};  ///< Ends sooner, with the first violation, without a guard.
};

/// Starts the processes, calls `fault` again and again meanwhile, with the number of the turn, ends
/// them, and prints what came of it.
Outcome check(const std::string& name, const CheckSetting& setting,
              const std::function<void(int)>& fault = {});

}  // namespace cachekit::coherence
