// Glues one accepted socket to a Session: reads, performs the session's actions, writes.
//
// A stream lives from accept() until libuv has closed its handle; the session ends earlier, when
// closing begins. Nothing here calls a session from within the session's own call.

#pragma once

#include <uv.h>

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/connection.h"
#include "node/server/write_queue.h"
#include "node/session.h"

namespace cachekit::node {

class Server;

class ClientStream {
 public:
  /// How long replies may take to leave, or an ended client to hang up, before it is cut off.
  static constexpr std::int64_t farewell_limit_ms = 2000;

  ClientStream(Server& server, ConnectionId id, bool unix_socket);

  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  ConnectionId id() const { return id_; }

  /// 0, or libuv's error; then the stream must be closed.
  int accept(uv_stream_t* listener);

  /// Starts the conversation.
  void start();

  /// Says one line, if the socket takes it at once, and closes.
  void turn_away(std::string_view line);

  /// Whether the conversation goes on; then there is a session.
  bool is_open() const { return state_ == State::open; }
  Session& session() { return *session_; }

  /// Whether it is a replica's, has more for it, and room.
  bool wants_to_send() const { return is_open() && session_->has_more_for_replica(); }

  /// Whether something has been read from it that has not been executed.
  bool input_waits() const { return input_waits_; }
  void set_input_waits(bool waits) { input_waits_ = waits; }

  /// Sends replies, and does the rest of what the session asks for. If there was more to read than
  /// one read takes, the stream yields to the others.
  void send(protocol::Segments&& segments);
  void settle(const Actions& actions, bool yield);

  void wake();
  void deliver(const Message& message);

  /// Sends what other connections' commands have written for this client.
  void send_told();

  /// The node stops: what has been answered is still sent.
  void finish();

  /// Ends the conversation at once.
  void close(std::string_view reason);

  /// Called about once a second: idle clients and farewells that take too long.
  void check_time(Now now);

 private:
  enum class State { open, flushing, lingering, closed };

  static void on_allocate(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);
  static void on_read(uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer);
  static void on_write(uv_write_t* request, int status);
  static void on_shutdown(uv_shutdown_t* request, int status);
  static void on_close(uv_handle_t* handle);

  uv_stream_t* stream() { return &handle_.stream; }
  Endpoints endpoints();
  void perform(Actions actions);
  void end(const Close& close);
  void wait(Actions::Wait wait, bool yield);
  void write_rest();
  std::size_t write_limit() const;
  void written(int status);
  void flush_then_close(std::string_view reason);
  void say_farewell();
  void resume_reading();
  void pause_reading();
  void log_end(std::string_view reason);

  union Handle {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  };

  Server& server_;
  ConnectionId id_;
  bool unix_socket_;
  State state_ = State::open;
  Handle handle_{};
  std::unique_ptr<Session> session_;
  WriteQueue queue_;
  uv_write_t write_request_{};
  uv_shutdown_t shutdown_request_{};
  std::size_t bytes_in_flight_ = 0;  // 0: no write is in flight
  bool reading_ = false;
  bool input_waits_ = false;
  bool waits_for_room_ = false;
  bool linger_ = true;
  std::int64_t farewell_began_ms_ = 0;
};

}  // namespace cachekit::node
