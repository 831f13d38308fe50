// One connection of the load: sends a batch, waits until it is answered, sends the next.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "bench/compare/reply_counter.h"

namespace cachekit::bench::compare {

class LoadConnection {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects to 127.0.0.1. The error is a sentence.
  static tl::expected<LoadConnection, std::string> open(const LoadOptions& options);

  LoadConnection(LoadConnection&& other) noexcept;
  LoadConnection& operator=(LoadConnection&&) = delete;
  ~LoadConnection();

  int descriptor() const { return descriptor_; }

  /// What the socket does not take at once is kept, and goes with send_rest().
  /// False if the connection is broken.
  bool send(std::string_view batch, std::size_t requests, Clock::time_point now);
  bool send_rest();
  bool has_rest() const { return !rest_.empty(); }

  ReplyCounter::Count received(std::string_view bytes);
  bool answered() const { return waiting_ == 0; }
  Clock::time_point sent_at() const { return sent_at_; }
  const std::string& failure() const { return counter_.failure(); }

 private:
  LoadConnection(int descriptor, const LoadOptions& options)
      : descriptor_(descriptor), counter_(options) {}

  int descriptor_;
  ReplyCounter counter_;
  std::size_t waiting_ = 0;
  Clock::time_point sent_at_;
  std::string rest_;
};

}  // namespace cachekit::bench::compare
