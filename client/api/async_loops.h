// The threads that serve a client's asynchronous calls, started by the first of these.
//
// Thread rule: any thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "cachekit/options.h"
#include "cachekit/status.h"
#include "client/api/async_loop.h"
#include "client/io/clock.h"

namespace cachekit::api {

class AsyncLoops {
 public:
  /// The context must outlive it.
  AsyncLoops(ClientState& client, const io::EngineContext& context, const ClientOptions& options);

  /// The one that serves the calling thread: itself, if it is a loop's. Fails with unavailable if
  /// no thread can be started.
  Result<AsyncLoop*> of_this_thread();

  /// The topology has changed.
  void look_at_nodes();

  /// Operations that were started and have not been told.
  std::size_t under_way();

 private:
  Status start_all();

  ClientState& client_;
  const io::EngineContext& context_;
  const std::size_t threads_;
  const std::size_t operations_;  // for each
  const std::size_t bytes_;       // for each

  std::mutex mutex_;
  std::deque<AsyncLoop> loops_;
  std::atomic<bool> started_{false};
};

}  // namespace cachekit::api
