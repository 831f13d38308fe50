// A job on its way over a loop. Lies with its caller until it has been carried.
//
// Thread rule: the loop's thread.

#pragma once

#include <algorithm>

#include "client/io/clock.h"
#include "client/io/ticket.h"

namespace cachekit::loop {

class Line;

class Errand : public io::Ticket {
 public:
  Errand(io::Job& job, io::Time call_deadline)
      : io::Ticket(job), deadline(std::min(call_deadline, job.deadline)) {}

  /// The job has all its answers. Never called while it is being handed to the loop.
  virtual void carried() = 0;

  bool is_carried() const { return is_carried_; }

  const io::Time deadline;
  Line* line = nullptr;  ///< Whose queue it stands in, if any.

 protected:
  ~Errand() = default;

 private:
  friend class EventLoop;
  bool is_carried_ = false;  // perhaps not told yet
};

}  // namespace cachekit::loop
