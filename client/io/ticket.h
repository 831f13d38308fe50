// A job's place among those that share a connection. Lies with the caller until it is finished.
//
// Thread rule: guarded by the channel's lock, but for the parker's own part.

#pragma once

#include <cstddef>

#include "client/io/clock.h"
#include "client/io/engine.h"
#include "client/io/parker.h"

namespace cachekit::io {

struct Ticket {
  explicit Ticket(Job& job_of_it) : job(&job_of_it) {}

  Job* job;
  std::size_t answered = 0;  // of its calls, in order
  Time submitted;
  Time progress;  // when it was submitted, or its last reply came
  Parker parker;
};

}  // namespace cachekit::io
