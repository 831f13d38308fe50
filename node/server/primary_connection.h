// The socket between a replica and its primary: dials, reads, writes; what is said stands in
// replication/link.h.
//
// Lives from dial() until libuv has closed its handle.

#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/replication/link.h"
#include "node/replication/replication.h"

namespace cachekit::node {

class Server;

class PrimaryConnection {
 public:
  /// One read takes so many bytes at most, and one turn one read.
  static constexpr std::size_t read_bytes = std::size_t{16} << 10;

  explicit PrimaryConnection(Server& server);

  PrimaryConnection(const PrimaryConnection&) = delete;
  PrimaryConnection& operator=(const PrimaryConnection&) = delete;

  /// Of the wish that it fulfils; see Replication.
  std::uint64_t link_version() const { return link_version_; }

  /// To a numeric address. What goes wrong closes it.
  void dial(const replication::Address& address);

  /// Ten times a second.
  void tick();

  /// Reads what waited for the next turn.
  void read_on();

  void close(std::string_view reason);

 private:
  static void on_connect(uv_connect_t* request, int status);
  static void on_allocate(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);
  static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);

  void connected();
  void received(std::string_view bytes);
  void send(std::string_view bytes);
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket_); }

  Server& server_;
  std::uint64_t link_version_;
  std::optional<replication::Link> link_;
  std::unique_ptr<char[]> buffer_;
  uv_tcp_t socket_{};
  uv_connect_t connect_{};
  bool closed_ = false;
};

}  // namespace cachekit::node
