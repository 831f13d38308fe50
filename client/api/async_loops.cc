#include "client/api/async_loops.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cachekit::api {
namespace {

/// Threads take turns among the loops, and each stays with its own: its operations keep their
/// order.
std::size_t number_of_this_thread() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

std::size_t share_of(std::size_t all, std::size_t threads, std::size_t most) {
  return std::clamp(all / threads, std::size_t{1}, most);
}

}  // namespace

AsyncLoops::AsyncLoops(ClientState& client, const io::EngineContext& context,
                       const ClientOptions& options)
    : client_(client),
      context_(context),
      threads_(options.io_threads),
      operations_(share_of(options.max_async_operations, threads_, Budget::most_operations)),
      bytes_(share_of(options.max_async_bytes, threads_, Budget::most_bytes)) {}

Result<AsyncLoop*> AsyncLoops::of_this_thread() {
  if (!started_.load(std::memory_order_acquire)) {
    if (Status status = start_all(); !status.ok()) return tl::unexpected(std::move(status));
  }
  for (AsyncLoop& loop : loops_) {
    if (loop.events().is_current()) return &loop;
  }
  return &loops_[number_of_this_thread() % loops_.size()];
}

Status AsyncLoops::start_all() {
  const std::lock_guard lock(mutex_);
  if (started_.load()) return {};
  try {
    while (loops_.size() < threads_) loops_.emplace_back(client_, context_, operations_, bytes_);
  } catch (const std::runtime_error& error) {
    loops_.clear();
    return Status(Code::unavailable,
                  fmt::format("cannot start a thread for asynchronous calls: {}", error.what()));
  }
  started_.store(true, std::memory_order_release);
  return {};
}

void AsyncLoops::look_at_nodes() {
  const std::lock_guard lock(mutex_);
  for (AsyncLoop& loop : loops_) loop.look_at_nodes();
}

std::size_t AsyncLoops::under_way() {
  const std::lock_guard lock(mutex_);
  std::size_t operations = 0;
  for (const AsyncLoop& loop : loops_) operations += loop.outstanding();
  return operations;
}

}  // namespace cachekit::api
