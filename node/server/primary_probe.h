// The socket by which a replica asks its primary whether it is alive: dials, and waits a little for
// the answer.
//
// Lives until libuv has closed its handles; the server holds it.

#pragma once

#include <uv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "node/failover/mandate.h"
#include "node/replication/replication.h"

namespace cachekit::node {

class Server;

class PrimaryProbe {
 public:
  /// A primary that has not answered by then is silent.
  static constexpr std::uint64_t limit_ms = 100;

  explicit PrimaryProbe(Server& server);

  PrimaryProbe(const PrimaryProbe&) = delete;
  PrimaryProbe& operator=(const PrimaryProbe&) = delete;

  /// The server hears of the outcome by conclude_probe(), and of the end by forget_probe().
  void dial(const replication::Address& primary);

  void conclude(failover::ProbeOutcome outcome);

 private:
  static void on_connect(uv_connect_t* request, int status);
  static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);

  void connected();
  void read_answer();
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket_); }

  Server& server_;
  const std::uint64_t link_version_;  // of the wish to follow the one that is asked
  std::string answer_;
  std::array<char, 256> buffer_;
  uv_tcp_t socket_{};
  uv_connect_t connect_{};
  uv_timer_t timer_{};
  int open_handles_ = 2;
  bool concluded_ = false;
};

}  // namespace cachekit::node
