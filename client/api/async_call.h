// One asynchronous call, from its start to the word to whoever waits for it. Owns itself.
//
// Thread rule: start() any thread; the rest the thread of its loop.

#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <variant>

#include "cachekit/async.h"
#include "cachekit/operation.h"
#include "client/api/asked.h"
#include "client/api/async_loop.h"
#include "client/caching/near_answer.h"
#include "client/loop/alarms.h"
#include "client/loop/errand.h"
#include "client/loop/submit_queue.h"
#include "client/routing/routed_transaction.h"
#include "client/routing/single_call.h"

namespace cachekit::api {

class AsyncCall final : private loop::Posted, private loop::Alarm {
 public:
  /// `told` is called later, by the loop's thread. `has_budget`: it has been taken for this call.
  static void start(AsyncLoop& loop, Asked&& asked, Completion& told, std::stop_token stop,
                    io::Time deadline, bool has_budget);

  /// What calls end with that were stopped, or have found no room in time.
  static Status stopped();
  static Status no_room();

  std::size_t bytes() const { return bytes_of(asked_); }

  /// By the loop: there is room for a call that has waited for it.
  void begin_with_budget();

  /// Ends with this failure, or outcome_unknown, as soon as nothing is under way.
  void abandon(const Status& why);

 private:
  friend class AsyncLoop;

  struct Flight final : loop::Errand {
    Flight(AsyncCall& call_of_it, io::Job& job, io::Time deadline)
        : loop::Errand(job, deadline), call(call_of_it) {}
    void carried() override { call.settle(*this); }

    AsyncCall& call;
    std::list<Flight>::iterator place;
  };

  /// A stop has been asked for, by any thread.
  struct StopNote final : loop::Posted {
    explicit StopNote(AsyncCall& call_of_it) : call(call_of_it) {}
    void run() override { call.note_stop(); }

    AsyncCall& call;
  };
  struct PostStop {
    AsyncCall* call;
    void operator()() const noexcept { call->post_stop(); }
  };

  AsyncCall(AsyncLoop& loop, Asked&& asked, Completion& told, std::stop_token stop,
            io::Time deadline, bool has_budget);
  ~AsyncCall() = default;

  void run() override;
  void ring() override;
  io::Time began() const;
  void begin();
  void route(const Request& request);
  void route(const AskedTransaction& transaction);
  bool is_routed() const { return !std::holds_alternative<std::monostate>(routed_); }
  template <class Visit>
  void with_routed(Visit visit);
  Result<Value> take_result();
  void advance();
  void settle(Flight& flight);
  bool drop(io::Job& job);
  void finish(Result<Value>&& result);  // as end()
  void end(Result<Value>&& result);     // which must not lie in the call: that is gone then
  void post_stop();
  void note_stop();

  AsyncLoop& loop_;
  const Asked asked_;
  Completion& told_;
  std::stop_token stop_;
  const io::Time deadline_;
  bool has_budget_;
  std::unique_ptr<caching::NearAnswer> near_;  // if it knows some of the answer
  std::variant<std::monostate, routing::SingleCall, std::unique_ptr<routing::RoutedTransaction>>
      routed_;
  std::list<Flight> flights_;

  StopNote stop_note_{*this};
  bool finished_ = false;  // but the note is still to be run
  std::atomic<bool> note_posted_{false};
  std::optional<std::stop_callback<PostStop>> on_stop_;

  // Among the loop's calls, of which it is one from run() to finish().
  AsyncCall* before_ = nullptr;
  AsyncCall* after_ = nullptr;
};

}  // namespace cachekit::api
