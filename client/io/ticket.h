// A job's place among those that share a connection. Lies with the caller until it is finished.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>

#include "client/io/clock.h"
#include "client/io/engine.h"

namespace cachekit::io {

struct Ticket {
  explicit Ticket(Job& job_of_it) : job(&job_of_it) {}

  Job* job;
  std::size_t answered = 0;  // of its calls, in order
  Time submitted;
  Time progress;  // when it was submitted, or its last reply came
};

}  // namespace cachekit::io
