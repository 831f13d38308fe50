// One event loop of a client, and the calls on it.
//
// Thread rule: note_started(), budget(), look_at_nodes() and events().post() any thread; the
// rest the loop's own.

#pragma once

#include <atomic>
#include <cstddef>
#include <deque>

#include "cachekit/status.h"
#include "client/api/budget.h"
#include "client/loop/event_loop.h"

namespace cachekit::api {

class AsyncCall;
class ClientState;

class AsyncLoop {
 public:
  /// Throws a std::runtime_error if there is no thread or descriptor left.
  AsyncLoop(ClientState& client, const io::EngineContext& context, std::size_t operations,
            std::size_t bytes)
      : client_(client), budget_(operations, bytes), events_(context) {}
  AsyncLoop(const AsyncLoop&) = delete;
  AsyncLoop& operator=(const AsyncLoop&) = delete;

  /// Ends the calls that are under way. Not on the loop's own thread.
  ~AsyncLoop();

  /// What calls end with when their client is destroyed.
  static Status closed();

  ClientState& client() { return client_; }
  loop::EventLoop& events() { return events_; }
  Budget& budget() { return budget_; }

  /// The topology has changed.
  void look_at_nodes();

  void note_started() { outstanding_.fetch_add(1); }
  std::size_t outstanding() const { return outstanding_.load(); }
  void note_finished();
  bool closing() const { return closing_; }

  void add(AsyncCall& call);
  void remove(AsyncCall& call);

  /// True if there is room in the budget, which is taken; otherwise the call waits for it.
  bool let_in(AsyncCall& call);
  void forget_waiting(AsyncCall& call) { std::erase(waiting_, &call); }

 private:
  struct Look final : loop::Posted {
    explicit Look(AsyncLoop& loop_of_it) : loop(loop_of_it) {}
    void run() override;

    AsyncLoop& loop;
    std::atomic<bool> posted{false};
  };
  struct Close final : loop::Posted {
    explicit Close(AsyncLoop& loop_of_it) : loop(loop_of_it) {}
    void run() override { loop.end_all(); }

    AsyncLoop& loop;
  };

  void end_all();
  void serve_waiting();

  ClientState& client_;
  Budget budget_;
  std::atomic<std::size_t> outstanding_{0};  // calls that were started and have not been told
  bool closing_ = false;
  bool serving_ = false;
  AsyncCall* first_ = nullptr;
  std::deque<AsyncCall*> waiting_;  // for room
  Look look_{*this};
  Close close_{*this};
  loop::EventLoop events_;  // at last: its thread uses the others
};

}  // namespace cachekit::api
