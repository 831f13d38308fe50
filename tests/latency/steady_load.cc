#include "tests/latency/steady_load.h"

#include <fmt/format.h>

#include <chrono>
#include <random>

#include "tests/support/resp_connection.h"
#include "tests/support/seed.h"

namespace cachekit::test {
namespace {

constexpr std::chrono::microseconds pair_interval{500};

}  // namespace

std::string key_of(std::size_t number) { return fmt::format("key:{:012}", number); }

SteadyLoad::SteadyLoad(const Endpoint& endpoint, std::size_t keys, std::size_t value_bytes)
    : thread_([this, endpoint, keys, value = std::string(value_bytes, 'w')] {
        run(endpoint, keys, value);
      }) {}

void SteadyLoad::run(const Endpoint& endpoint, std::size_t keys, const std::string& value) {
  const auto connection = RespConnection::open(endpoint);
  if (!connection) {
    failure_ = "nobody accepts";
    return;
  }
  std::mt19937_64 random(seed());
  const auto any_key = [&] { return key_of(random() % keys); };
  for (auto due = std::chrono::steady_clock::now(); !stopping_; due += pair_interval) {
    std::this_thread::sleep_until(due);
    connection->send(encode_command({"SET", any_key(), value}) +
                     encode_command({"GET", any_key()}));
    const auto written = connection->read_reply();
    const auto read = connection->read_reply();
    if (!written || *written != "+OK\r\n" || !read || read->size() < value.size()) {
      failure_ = !written ? written.error() : !read ? read.error() : *written + *read;
      return;
    }
  }
}

const std::string& SteadyLoad::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  return failure_;
}

}  // namespace cachekit::test
