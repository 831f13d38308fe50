#include "tests/latency/probe.h"

#include <chrono>
#include <stdexcept>

#include "tests/support/resp_connection.h"

namespace cachekit::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds interval{1};

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
  const std::string question = encode_command({"EXISTS", "probe"});
  for (auto due = Clock::now(); !stopping_; due += interval) {
    std::this_thread::sleep_until(due);
    connection->send(question);
    if (const auto reply = connection->read_reply(); !reply) {
      failure_ = reply.error();
      return;
    }
    latency_.record(Clock::now() - due);
  }
}

const bench::LatencyHistogram& Probe::stop() {
  stopping_ = true;
  thread_.join();
  if (!failure_.empty()) throw std::runtime_error("the probe failed: " + failure_);
  return latency_;
}

}  // namespace cachekit::test
