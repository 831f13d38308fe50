// Carries jobs that need a connection alone to their nodes, all at once, driven by one poll loop on
// the calling thread.
//
// Each job gets a connection of its node's pool for itself, idle or fresh, writes its requests and
// reads their replies at the same time, so that neither side can block the other by full buffers.
// A connection goes back to the pool only if every reply has come and nothing else; after a
// failure or at a deadline it is closed, so no reply can ever be taken for another's.
//
// A thread that finds a pool empty serves the jobs that have a connection, looking for a place in
// between, and blocks for a place only while it holds none: two calls cannot wait for each other.
//
// Thread rule: one thread at a time.

#pragma once

#include <poll.h>

#include <utility>
#include <vector>

#include "client/io/clock.h"
#include "client/io/engine.h"
#include "client/io/engine_context.h"
#include "client/io/job_drive.h"

namespace cachekit::io {

class Exchange {
 public:
  /// Jobs that are under way when it is destroyed are forgotten, and their connections closed.
  Exchange(const EngineContext& context, Time deadline) : context_(context), deadline_(deadline) {}

  void add(Job& job) { waiting_.push_back(&job); }

  /// One that has its place already.
  void add(JobDrive drive) { drives_.push_back(std::move(drive)); }

  /// No job is under way.
  bool idle() const { return waiting_.empty() && drives_.empty(); }

  /// Until something has happened or the time has come; adds the jobs that are over to `over`.
  void step(Time until, std::vector<Job*>& over);

  /// Ends a job that is not over yet.
  void abandon(Job& job);

 private:
  void start(std::vector<Job*>& over);
  void take_places(std::vector<Job*>& over);
  void end_overdue(std::vector<Job*>& over);
  void open_missing();
  void wait_for_place(Time until);
  void wait_and_advance(Time until);
  void poll_and_advance(Time until);
  void collect(std::vector<Job*>& over);

  const EngineContext& context_;
  const Time deadline_;
  Time now_;
  std::vector<Job*> waiting_;  // for a place in their node's pool
  std::vector<JobDrive> drives_;
  std::vector<pollfd> polled_;
};

/// One job alone, until it is over.
void exchange(const EngineContext& context, Job& job, Pool<Connection>::Place place, Time now,
              Time deadline);

}  // namespace cachekit::io
