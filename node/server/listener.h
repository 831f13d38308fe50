// One listening socket, TCP or Unix.

#pragma once

#include <uv.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cachekit::node {

class Server;

class Listener {
 public:
  /// Connections that the kernel holds until they are accepted; Redis's figure.
  static constexpr int backlog = 511;

  Listener(Server& server, bool unix_socket);

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Port 0: any free one. Otherwise why not.
  tl::expected<void, std::string> listen_on(std::string_view host, std::uint16_t port);

  /// Replaces a socket file that nobody listens on any more.
  tl::expected<void, std::string> listen_on_path(const std::string& path);

  bool unix_socket() const { return unix_socket_; }
  uv_stream_t* stream() { return &handle_.stream; }

  /// "127.0.0.1:7379" or the path, once it listens.
  const std::string& address() const { return address_; }
  std::uint16_t port() const;

  void close();

 private:
  static void on_connection(uv_stream_t* handle, int status);

  tl::expected<void, std::string> start(int bind_status, std::string_view where);

  union Handle {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  };

  Server& server_;
  bool unix_socket_;
  Handle handle_{};
  std::string address_;
};

}  // namespace cachekit::node
