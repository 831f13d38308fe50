// What ends a wait of the main thread: the workers are done, Ctrl-C was pressed, or time is up.
//
// Thread rule: made on the main thread before any other starts, since all threads inherit the
// blocked signals; worker_done() from any thread.

#pragma once

#include <chrono>

namespace cachekit::bench {

class RunEvents {
 public:
  enum class Event { timeout, workers_done, interrupted };

  /// From here on SIGINT and SIGTERM end no program but arrive here.
  RunEvents();
  ~RunEvents();
  RunEvents(const RunEvents&) = delete;
  RunEvents& operator=(const RunEvents&) = delete;

  void workers_done();
  Event wait(std::chrono::milliseconds timeout);

 private:
  int signals_;
  int done_;
};

}  // namespace cachekit::bench
