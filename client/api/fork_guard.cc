#include "client/api/fork_guard.h"

#include <pthread.h>

#include <atomic>

namespace cachekit::api {
namespace {

std::atomic<std::uint32_t> generation{0};

void count_fork() { generation.fetch_add(1, std::memory_order_relaxed); }

[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, count_fork);

}  // namespace

std::uint32_t fork_generation() { return generation.load(std::memory_order_relaxed); }

}  // namespace cachekit::api
