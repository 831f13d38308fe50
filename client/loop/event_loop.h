// One thread with a libuv loop and connections of its own, which carries jobs for callers that do
// not wait.
//
// A turn of the loop: sockets that are ready are read, and whoever has an answer is told, and may
// start something else; then what other threads have posted is run, and at last every connection
// sends, in one write, what this turn has left for it. So nothing here needs a lock, and what is
// started on the loop's own thread needs no waking either.
//
// Thread rule: post() any thread; everything else the loop's own.

#pragma once

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

#include "client/io/engine.h"
#include "client/io/engine_context.h"
#include "client/loop/alarms.h"
#include "client/loop/errand.h"
#include "client/loop/submit_queue.h"
#include "client/loop/uv_handle.h"

namespace cachekit::loop {

class NodeLines;

class EventLoop final : public io::Environment {
 public:
  /// The context must outlive the loop. Throws a std::runtime_error if there is no thread
  /// or descriptor left.
  explicit EventLoop(const io::EngineContext& context);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// What was posted is still run. Precondition: nothing is under way, nothing is posted any more,
  /// and this is another thread.
  ~EventLoop() override;

  /// Runs it soon on the loop's thread, never before this returns.
  void post(Posted& posted);

  bool is_current() const { return current_ == this; }

  io::Time now() override { return now_; }
  double random() override { return std::uniform_real_distribution<double>(0, 1)(random_); }
  Alarms& alarms() { return alarms_; }

  /// Takes the errand's job to its node, which must be owned by a std::shared_ptr.
  void carry(Errand& errand);

  /// It ends now, with this failure of what is not answered yet, and is not told. Precondition: it
  /// is not carried yet.
  void abandon(Errand& errand, const Status& why);

  /// The topology has changed: ends what waits for a node that is no primary any more, and forgets
  /// nodes that nobody else knows.
  void look_at_nodes();

  /// For the lines of nodes.
  const io::EngineContext& context() const { return context_; }
  uv_loop_t& uv() { return uv_; }
  void refresh_time() { now_ = io::Clock::now(); }
  void note_unsent(Line& line) { unsent_.push_back(&line); }
  void note_carried(Errand& errand) {
    errand.is_carried_ = true;
    carried_.push_back(&errand);
  }
  void tell_carried();

 private:
  void open();
  void close_handles();
  void run();
  void finish_turn();
  void work_off();
  void set_timer();
  template <class Handle, class Init>
  UvHandle<Handle> make_handle(Init init);

  static thread_local EventLoop* current_;

  const io::EngineContext& context_;
  uv_loop_t uv_{};
  UvHandle<uv_async_t> waker_;
  UvHandle<uv_prepare_t> before_sleep_;
  UvHandle<uv_check_t> after_sleep_;
  UvHandle<uv_timer_t> timer_;

  SubmitQueue submitted_;
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> stopping_{false};

  io::Time now_;
  std::mt19937_64 random_;
  Alarms alarms_;
  std::unordered_map<io::Node*, std::unique_ptr<NodeLines>> nodes_;
  std::vector<Line*> unsent_;     // which have something to send or to open
  std::vector<Errand*> carried_;  // whose callers are to be told
  std::thread thread_;            // at last: it uses all of the above
};

}  // namespace cachekit::loop
