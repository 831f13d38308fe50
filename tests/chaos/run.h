// One run: a cluster, a load on it, faults in between, and what came of it.

#pragma once

#include <string>

#include "tests/chaos/faults/fault.h"
#include "tests/chaos/network/network.h"
#include "tests/chaos/report.h"

namespace cachekit::chaos {

struct RunOptions {
  std::string fault = "kill";
  std::size_t shards = 3;
  std::size_t replicas = 2;
  std::size_t agents = 0;  ///< As processes; 0: one in this process.
  bool in_etcd = false;    ///< The topology, in three members; otherwise in a file.
  int seconds = 60;
  int period_s = 20;
  double slack = 1;
  Strength strength;

  std::size_t nodes() const { return shards * (1 + replicas); }
};

/// What came of it, judged. Fails if it could not be carried out, or the cluster has not healed.
Result<Report> run(const RunOptions& options, Network& network);

}  // namespace cachekit::chaos
