// A batch, or a single call, for a thread that waits for it.

#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "client/io/engine.h"

namespace cachekit::routing {

/// Begins it, and returns when it is finished. Each job is settled as soon as it is over, so that a
/// node that hangs holds back nobody but those that ask it.
template <class Calls>
void run_batch(Calls& batch, io::Engine& engine) {
  std::unique_ptr<io::Carrier> carrier;  // if there ever are several jobs
  std::vector<io::Job*> jobs;
  std::size_t under_way = 0;
  batch.begin();
  while (!batch.finished()) {
    io::Job* only = nullptr;  // of those that are due, as in most cases
    jobs.clear();
    batch.launch([&](io::Job& job) {
      if (jobs.empty() && only == nullptr) {
        only = &job;
      } else {
        if (only != nullptr) jobs.push_back(std::exchange(only, nullptr));
        jobs.push_back(&job);
      }
    });
    const io::Time next = batch.next_start();
    if (under_way == 0 && jobs.empty() && only == nullptr) {
      if (!batch.finished()) engine.sleep_until(next);
      continue;
    }
    if (under_way == 0 && only != nullptr && next == io::Time::max()) {
      engine.exchange(*only, batch.deadline());
      batch.settle(*only);
      continue;
    }
    if (!carrier) carrier = engine.make_carrier(batch.deadline());
    if (only != nullptr) jobs.push_back(only);
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

}  // namespace cachekit::routing
