#include "tests/latency/probe.h"

#include <chrono>
#include <stdexcept>

#include "tests/support/resp_connection.h"

namespace cachekit::test {
namespace {

constexpr std::chrono::milliseconds question_interval{1};
constexpr int probe_priority = 10;

}  // namespace

Probe::Probe(const Endpoint& endpoint) : thread_([this, endpoint] { run(endpoint); }) {}

Probe::~Probe() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Probe::run(const Endpoint& endpoint) {
  const auto connection = RespConnection::open(endpoint);
  if (!connection) {
    failure_ = "nobody accepts";
    return;
  }
  run_before_others(probe_priority);
  const std::string question = encode_command({"EXISTS", "probe"});
  for (auto due = WatchClock::now(); !stopping_; due += question_interval) {
    std::this_thread::sleep_until(due);
    connection->send(question);
    if (const auto reply = connection->read_reply(); !reply) {
      failure_ = reply.error();
      return;
    }
    questions_.push_back({due, WatchClock::now()});
  }
}

const std::vector<Interval>& Probe::stop() {
  stopping_ = true;
  thread_.join();
  if (!failure_.empty()) throw std::runtime_error("the probe failed: " + failure_);
  return questions_;
}

}  // namespace cachekit::test
