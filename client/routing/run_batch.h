// A batch, for a thread that waits for it.

#pragma once

#include <vector>

#include "client/io/engine.h"
#include "client/routing/batch.h"

namespace cachekit::routing {

/// Returns when every command has its result. Jobs that are due at the same time are carried
/// together.
inline void run_batch(Batch& batch, io::Engine& engine) {
  std::vector<io::Job*> jobs;
  batch.begin();
  while (!batch.finished()) {
    if (const io::Time start = batch.next_start(); start != io::Time()) engine.sleep_until(start);
    jobs.clear();
    batch.launch([&](io::Job& job) { jobs.push_back(&job); });
    engine.exchange(jobs, batch.deadline());
    for (io::Job* job : jobs) batch.settle(*job);
  }
}

}  // namespace cachekit::routing
