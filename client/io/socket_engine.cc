#include "client/io/socket_engine.h"

#include <fmt/format.h>

#include <thread>
#include <utility>

#include "client/io/node.h"

namespace cachekit::io {

SocketEngine::SocketEngine(ConnectionSettings settings, Log log)
    : settings_(std::move(settings)),
      log_(std::move(log)),
      context_{.settings = settings_,
               .resolver = resolver_,
               .node_failed = [this](Node& node, const Status& why) { report_failure(node, why); },
               .node_answered = [this](Node& node) { report_success(node); }},
      random_(std::random_device()()) {}

void SocketEngine::sleep_until(Time time) { std::this_thread::sleep_until(time); }

double SocketEngine::random() {
  const std::lock_guard lock(random_mutex_);
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

void SocketEngine::exchange(std::span<Job> jobs, Time deadline) {
  io::exchange(context_, jobs, deadline);
}

void SocketEngine::report_failure(Node& node, const Status& failure) {
  if (log_ && node.health().note_failure(Clock::now())) {
    log_(LogLevel::warning, fmt::format("lost a node: {}", failure.message()));
  }
}

void SocketEngine::report_success(Node& node) {
  if (log_ && node.health().note_success(Clock::now())) {
    log_(LogLevel::info, fmt::format("node {} answers again", node.name()));
  }
}

}  // namespace cachekit::io
