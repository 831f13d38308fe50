#include "client/loop/event_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "client/loop/line.h"
#include "client/loop/node_lines.h"

namespace cachekit::loop {
namespace {

/// How often a turn does what has been posted meanwhile, before it looks at the sockets again.
constexpr int rounds_in_a_turn = 8;

void check(int error, const char* what) {
  if (error != 0) throw std::runtime_error(fmt::format("{}: {}", what, uv_strerror(error)));
}

std::uint64_t milliseconds_until(io::Time now, io::Time time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - now).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0));
}

EventLoop& loop_of(const uv_loop_t* uv) { return *static_cast<EventLoop*>(uv->data); }

}  // namespace

thread_local EventLoop* EventLoop::current_ = nullptr;

template <class Handle, class Init>
UvHandle<Handle> EventLoop::make_handle(Init init) {
  auto handle = std::make_unique<Handle>();
  check(init(&uv_, handle.get()), "cannot make a handle of an event loop");
  return UvHandle<Handle>(handle.release());
}

EventLoop::EventLoop(const io::EngineContext& context)
    : context_(context), now_(io::Clock::now()), random_(std::random_device()()) {
  check(uv_loop_init(&uv_), "cannot make an event loop");
  uv_.data = this;
  try {
    open();
  } catch (...) {
    close_handles();
    uv_run(&uv_, UV_RUN_DEFAULT);  // until they are closed
    uv_loop_close(&uv_);
    throw;
  }
}

void EventLoop::open() {
  // Its callback has nothing to do: what was posted is run before the loop sleeps.
  waker_ = make_handle<uv_async_t>([](uv_loop_t* uv, uv_async_t* waker) {
    return uv_async_init(uv, waker, [](uv_async_t*) {});
  });
  before_sleep_ = make_handle<uv_prepare_t>(uv_prepare_init);
  after_sleep_ = make_handle<uv_check_t>(uv_check_init);
  timer_ = make_handle<uv_timer_t>(uv_timer_init);
  uv_prepare_start(before_sleep_.get(),
                   [](uv_prepare_t* handle) { loop_of(handle->loop).finish_turn(); });
  uv_check_start(after_sleep_.get(),
                 [](uv_check_t* handle) { loop_of(handle->loop).sleeping_.store(false); });
  thread_ = std::thread([this] { run(); });
}

void EventLoop::close_handles() {
  waker_.reset();
  before_sleep_.reset();
  after_sleep_.reset();
  timer_.reset();
}

// The handles are closed here, for the loop's thread may stop before it is woken.
EventLoop::~EventLoop() {
  stopping_.store(true);
  uv_async_send(waker_.get());
  thread_.join();
  close_handles();
  uv_run(&uv_, UV_RUN_DEFAULT);  // until they are closed, and no name is being looked up
  uv_loop_close(&uv_);
}

void EventLoop::run() {
  current_ = this;
  uv_run(&uv_, UV_RUN_DEFAULT);  // until finish_turn() stops it
  current_ = nullptr;
}

void EventLoop::post(Posted& posted) {
  submitted_.push(posted);
  if (is_current()) return;
  // Only the first of those who find it asleep wakes it.
  if (sleeping_.load() && sleeping_.exchange(false)) uv_async_send(waker_.get());
}

void EventLoop::finish_turn() {
  refresh_time();
  if (stopping_.load()) {
    submitted_.run_all();
    nodes_.clear();
    return uv_stop(&uv_);
  }
  for (int round = 0; round < rounds_in_a_turn; ++round) {
    work_off();
    sleeping_.store(true);
    if (submitted_.empty()) return set_timer();
    sleeping_.store(false);
  }
  uv_async_send(waker_.get());
  set_timer();
}

/// Until nothing is left to be told or sent.
void EventLoop::work_off() {
  alarms_.ring_until(now_);
  submitted_.run_all();
  tell_carried();
  while (!unsent_.empty()) {
    for (Line* line : std::exchange(unsent_, {})) line->flush();
    tell_carried();
  }
}

void EventLoop::tell_carried() {
  while (!carried_.empty()) {
    for (Errand* errand : std::exchange(carried_, {})) errand->carried();
  }
}

void EventLoop::set_timer() {
  const std::optional<io::Time> first = alarms_.first();
  if (!first) {
    uv_timer_stop(timer_.get());
    return;
  }
  uv_update_time(&uv_);
  // What is due is done before the loop sleeps, whatever has woken it.
  uv_timer_start(timer_.get(), [](uv_timer_t*) {}, milliseconds_until(now_, *first), 0);
}

void EventLoop::carry(Errand& errand) {
  io::Node& node = *errand.job->node;
  std::unique_ptr<NodeLines>& lines = nodes_[&node];
  if (!lines) lines = std::make_unique<NodeLines>(*this, node.shared_from_this());
  lines->carry(errand);
}

void EventLoop::abandon(Errand& errand, const Status& why) {
  nodes_.at(errand.job->node)->abandon(errand, why);
}

void EventLoop::look_at_nodes() {
  for (auto& [node, lines] : nodes_) lines->look_at_demotions();
  std::erase_if(nodes_, [](const auto& entry) { return entry.second->is_forgotten(); });
}

}  // namespace cachekit::loop
