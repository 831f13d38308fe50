// A batch, for a thread that waits for it.

#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "client/io/engine.h"
#include "client/routing/batch.h"

namespace cachekit::routing {

/// Returns when every command of a batch that has begun has its result. Each job is settled as soon
/// as it is over, so that a node that hangs holds back nobody but those that ask it.
inline void finish_batch(Batch& batch, io::Engine& engine) {
  std::unique_ptr<io::Carrier> carrier;  // if there ever are several jobs
  std::vector<io::Job*> jobs;
  std::size_t under_way = 0;
  while (!batch.finished()) {
    jobs.clear();
    batch.launch([&](io::Job& job) { jobs.push_back(&job); });
    const io::Time next = batch.next_start();
    if (under_way + jobs.size() == 0) {
      if (!batch.finished()) engine.sleep_until(next);
      continue;
    }
    if (under_way == 0 && jobs.size() == 1 && next == io::Time::max()) {
      engine.exchange(*jobs.front(), batch.deadline());
      batch.settle(*jobs.front());
      continue;
    }
    if (!carrier) carrier = engine.make_carrier(batch.deadline());
    for (io::Job* job : jobs) carrier->carry(*job);
    const std::vector<io::Job*> over = carrier->wait(next);
    for (io::Job* job : over) batch.settle(*job);
    under_way += jobs.size();
    under_way -= over.size();
    under_way -= batch.drop_superseded([&](io::Job& job) {
      carrier->abandon(job);
      return true;
    });
  }
}

/// Begins it as well.
inline void run_batch(Batch& batch, io::Engine& engine) {
  batch.begin();
  finish_batch(batch, engine);
}

}  // namespace cachekit::routing
