// A raw connection to a server, for comparing replies byte for byte.
//
// Shares no code with the client library or with protocol/, so that an error there cannot hide
// itself. Blocking, with a deadline for everything. For one thread.

#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tests/support/server_process.h"

namespace cachekit::test {

/// Finds the end of one reply, RESP2 or RESP3, in bytes that arrive in pieces.
class ReplyScanner {
 public:
  /// `bytes` starts with the reply and only grows from call to call. The length of the reply once
  /// it is complete, 0 before. Throws std::runtime_error if this is no RESP.
  std::size_t scan(std::string_view bytes);

 private:
  bool scan_value(std::string_view bytes);

  std::size_t position_ = 0;  // of the next value
  std::size_t pending_ = 1;   // values still to come
};

/// An array of bulk strings, as clients send commands.
std::string encode_command(const std::vector<std::string>& words);

class RespConnection {
 public:
  static constexpr std::chrono::milliseconds default_timeout{20'000};

  /// Nothing if nobody accepts.
  static std::unique_ptr<RespConnection> open(const Endpoint& endpoint,
                                              std::chrono::milliseconds timeout = default_timeout);

  /// The same, but throws std::runtime_error if nobody accepts.
  static std::unique_ptr<RespConnection> to(const Endpoint& endpoint,
                                            std::chrono::milliseconds timeout = default_timeout);

  ~RespConnection();
  RespConnection(const RespConnection&) = delete;
  RespConnection& operator=(const RespConnection&) = delete;

  /// False if the peer has closed or does not take the bytes in time.
  bool send(std::string_view bytes);

  /// Sends as much as goes without waiting; returns how much that was.
  std::size_t send_some(std::string_view bytes);

  /// Tells the peer that nothing more will be sent.
  void finish_sending();

  /// The exact bytes of one whole reply; the error is "closed" or a sentence about the deadline.
  tl::expected<std::string, std::string> read_reply();

  tl::expected<std::string, std::string> call(const std::vector<std::string>& words);

  /// Everything until the peer closes; the error says that it has not closed in time.
  tl::expected<std::string, std::string> read_until_closed();

 private:
  enum class Received { bytes, closed, nothing };

  RespConnection(int descriptor, std::chrono::milliseconds timeout)
      : descriptor_(descriptor), timeout_(timeout) {}

  Received receive(std::chrono::steady_clock::time_point deadline);

  int descriptor_;
  std::chrono::milliseconds timeout_;
  std::string unread_;
};

}  // namespace cachekit::test
