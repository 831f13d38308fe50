// A stream socket: TCP or Unix.
//
// Thread rule: one thread at a time.

#pragma once

#include <chrono>
#include <memory>

#include "cachekit/status.h"
#include "client/io/resolver.h"
#include "client/io/stream.h"

namespace cachekit::io {

class Socket final : public Stream {
 public:
  /// Starts to connect, without waiting. The answer is an errno.
  static tl::expected<std::unique_ptr<Socket>, int> connect(const SocketAddress& address);

  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() override;

  /// Once poll calls the socket writable: 0 if it is connected, otherwise the errno.
  int connect_error() const;

  /// Once connected: sets the options of an open connection. receive_waiting() waits as long as
  /// `receive_timeout`.
  void configure(std::chrono::milliseconds receive_timeout);

  int descriptor() const override { return descriptor_; }
  Transfer send(std::string_view bytes) override;
  Transfer receive(std::span<char> buffer) override;
  Transfer receive_waiting(std::span<char> buffer) override;
  bool quiet() override;
  void interrupt() override;

 private:
  int descriptor_;
};

}  // namespace cachekit::io
