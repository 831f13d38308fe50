#include "client/api/async_loop.h"

#include "client/api/async_call.h"

namespace cachekit::api {

Status AsyncLoop::closed() {
  return Status(Code::cancelled, "the client was destroyed while the operation was under way");
}

AsyncLoop::~AsyncLoop() {
  outstanding_.fetch_add(1);  // until all calls know of the end
  events_.post(close_);
  for (std::size_t left = outstanding_.load(); left > 0; left = outstanding_.load()) {
    outstanding_.wait(left);
  }
}

void AsyncLoop::note_finished() {
  if (outstanding_.fetch_sub(1) == 1) outstanding_.notify_all();
  serve_waiting();
}

void AsyncLoop::end_all() {
  closing_ = true;
  const Status why = closed();
  waiting_.clear();
  // No other call ends meanwhile, and none is added, whatever those do that are told.
  for (AsyncCall* call = first_; call != nullptr;) {
    AsyncCall* const next = call->after_;
    call->abandon(why);
    call = next;
  }
  if (outstanding_.fetch_sub(1) == 1) outstanding_.notify_all();
}

void AsyncLoop::look_at_nodes() {
  if (!look_.posted.exchange(true)) events_.post(look_);
}

void AsyncLoop::Look::run() {
  posted.store(false);
  loop.events_.look_at_nodes();
}

void AsyncLoop::add(AsyncCall& call) {
  call.after_ = first_;
  if (first_ != nullptr) first_->before_ = &call;
  first_ = &call;
}

void AsyncLoop::remove(AsyncCall& call) {
  (call.before_ != nullptr ? call.before_->after_ : first_) = call.after_;
  if (call.after_ != nullptr) call.after_->before_ = call.before_;
}

bool AsyncLoop::let_in(AsyncCall& call) {
  if (waiting_.empty() && budget_.try_take(call.bytes())) return true;
  waiting_.push_back(&call);
  return false;
}

void AsyncLoop::serve_waiting() {
  if (closing_ || serving_) return;
  serving_ = true;
  while (!waiting_.empty() && budget_.try_take(waiting_.front()->bytes())) {
    AsyncCall* const call = waiting_.front();
    waiting_.pop_front();
    call->begin_with_budget();
  }
  serving_ = false;
}

}  // namespace cachekit::api
