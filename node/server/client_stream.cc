#include "node/server/client_stream.h"

#include <algorithm>
#include <array>
#include <utility>

#include "node/node.h"
#include "node/server/addresses.h"
#include "node/server/server.h"

namespace cachekit::node {
namespace {

// Ranges in one gathered write. Replies that are not pinned share one, so more are rare.
constexpr std::size_t ranges_per_write = 64;

// Bytes handed to the kernel in one turn for one connection, which copies them: some hundred
// microseconds' work. The rest of a large reply leaves in the next turns.
constexpr std::size_t longest_write_bytes = std::size_t{128} << 10;

// A replica that falls behind costs more than a long turn.
constexpr std::size_t longest_write_to_late_replica_bytes = std::size_t{1} << 20;

uv_buf_t buffer_of(std::string_view bytes) {
  return uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
}

// Writes as much as the socket takes at once. The number of bytes, or libuv's error.
tl::expected<std::size_t, int> write_now(uv_stream_t* stream,
                                         const std::vector<protocol::Segment>& segments,
                                         std::size_t room) {
  std::size_t total = 0;
  for (std::size_t next = 0; next < segments.size() && room > 0;) {
    std::array<uv_buf_t, ranges_per_write> buffers;
    std::size_t count = 0;
    std::size_t offered = 0;
    for (; next < segments.size() && count < buffers.size() && room > 0; ++next) {
      const std::string_view bytes = segments[next].bytes().substr(0, room);
      if (bytes.empty()) continue;
      room -= bytes.size();
      buffers[count++] = buffer_of(bytes);
      offered += bytes.size();
    }
    if (count == 0) break;
    const int taken = uv_try_write(stream, buffers.data(), static_cast<unsigned>(count));
    if (taken == UV_EAGAIN) break;
    if (taken < 0) return tl::unexpected(taken);
    total += static_cast<std::size_t>(taken);
    if (static_cast<std::size_t>(taken) < offered) break;
  }
  return total;
}

}  // namespace

ClientStream::ClientStream(Server& server, ConnectionId id, bool unix_socket)
    : server_(server), id_(id), unix_socket_(unix_socket) {
  if (unix_socket_) {
    uv_pipe_init(server.loop(), &handle_.pipe, 0);
  } else {
    uv_tcp_init(server.loop(), &handle_.tcp);
  }
  handle_.handle.data = this;
  write_request_.data = this;
  shutdown_request_.data = this;
}

int ClientStream::accept(uv_stream_t* listener) {
  const int status = uv_accept(listener, stream());
  if (status != 0 || unix_socket_) return status;
  uv_tcp_nodelay(&handle_.tcp, 1);
  const unsigned keepalive_s = server_.node().settings().tcp_keepalive_s;
  uv_tcp_keepalive(&handle_.tcp, keepalive_s > 0 ? 1 : 0, keepalive_s);
  return status;
}

Endpoints ClientStream::endpoints() {
  Endpoints endpoints;
  uv_os_fd_t descriptor = -1;
  if (uv_fileno(&handle_.handle, &descriptor) == 0) endpoints.descriptor = descriptor;
  endpoints.unix_socket = unix_socket_;
  if (unix_socket_) {
    endpoints.peer = endpoints.local = server_.node().settings().unix_socket + ":0";
  } else {
    endpoints.peer = peer_address(handle_.tcp);
    endpoints.local = local_address(handle_.tcp);
  }
  return endpoints;
}

void ClientStream::start() {
  session_ = std::make_unique<Session>(server_.node(), id_, endpoints(), server_.now());
  server_.node().log(LogLevel::debug, "connection {} from {} opened", id_,
                     session_->connection().endpoints.peer);
  resume_reading();
}

void ClientStream::turn_away(std::string_view line) {
  const uv_buf_t buffer = buffer_of(line);
  uv_try_write(stream(), &buffer, 1);
  close("turned away");
}

void ClientStream::on_allocate(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  const std::span<char> room = static_cast<ClientStream*>(handle->data)->server_.input().room();
  *buffer = uv_buf_init(room.data(), static_cast<unsigned>(room.size()));
}

void ClientStream::on_read(uv_stream_t* handle, ssize_t count, const uv_buf_t* buffer) {
  auto* const self = static_cast<ClientStream*>(handle->data);
  TurnInput& input = self->server_.input();
  if (count > 0) {
    // What comes after the end is read and dropped.
    if (self->is_open()) input.add(*self, {buffer->base, static_cast<std::size_t>(count)});
  } else if (count < 0) {
    input.execute();  // the end may come in the same turn as the last commands
    self->close(count == UV_EOF ? "closed by the client" : uv_strerror(static_cast<int>(count)));
  }
}

void ClientStream::wake() {
  if (state_ == State::open) perform(session_->on_wake(server_.now()));
}

void ClientStream::deliver(const Message& message) {
  if (state_ == State::open) perform(session_->on_message(message, server_.now()));
}

void ClientStream::perform(Actions actions) {
  session_->confirm(actions);
  send(std::move(actions.send));
  settle(actions, false);
}

void ClientStream::settle(const Actions& actions, bool yield) {
  for (const Message& message : actions.messages) server_.deliver(message);
  if (state_ != State::open) return;
  if (!actions.close) return wait(actions.wait, yield);
  end(*actions.close);
}

void ClientStream::end(const Close& close) {
  if (close.after_flush) {
    flush_then_close(close.reason);
  } else {
    this->close(close.reason);
  }
}

// Whether it reads or waits stays as it is.
void ClientStream::send_told() {
  if (state_ != State::open) return;
  Actions actions = session_->on_told();
  send(std::move(actions.send));
  if (actions.close && state_ == State::open) end(*actions.close);
}

void ClientStream::wait(Actions::Wait wait, bool yield) {
  if (wait == Actions::Wait::input && !yield) return resume_reading();
  pause_reading();
  if (wait == Actions::Wait::drained && !session_->has_room()) {
    waits_for_room_ = true;
  } else {
    server_.wake_next_turn(id_);
  }
}

void ClientStream::send(protocol::Segments&& segments) {
  const std::size_t size = segments.size_bytes();
  if (size == 0 || state_ == State::closed) return;
  ++server_.node().statistics().writes_processed;
  auto list = segments.take();
  std::size_t taken = 0;
  if (queue_.empty()) {
    const auto now_written = write_now(stream(), list, write_limit());
    if (!now_written) return close(uv_strerror(now_written.error()));
    taken = *now_written;
    session_->on_written(taken);
  }
  if (taken == size) return session_->reuse(std::move(list));
  queue_.add(std::move(list), taken);
  write_rest();
}

std::size_t ClientStream::write_limit() const {
  const bool late = session_ && session_->keeps_replica_waiting();
  return late ? longest_write_to_late_replica_bytes : longest_write_bytes;
}

void ClientStream::write_rest() {
  if (bytes_in_flight_ > 0) return;
  std::array<std::string_view, ranges_per_write> ranges;
  std::array<uv_buf_t, ranges_per_write> buffers;
  const std::size_t gathered = queue_.gather(ranges);
  std::size_t count = 0;
  const std::size_t limit = write_limit();
  for (; count < gathered && bytes_in_flight_ < limit; ++count) {
    buffers[count] = buffer_of(ranges[count].substr(0, limit - bytes_in_flight_));
    bytes_in_flight_ += buffers[count].len;
  }
  const int status =
      uv_write(&write_request_, stream(), buffers.data(), static_cast<unsigned>(count), on_write);
  if (status == 0) return;
  bytes_in_flight_ = 0;
  close(uv_strerror(status));
}

void ClientStream::on_write(uv_write_t* request, int status) {
  static_cast<ClientStream*>(request->data)->written(status);
}

void ClientStream::written(int status) {
  const std::size_t bytes = std::exchange(bytes_in_flight_, 0);
  if (state_ == State::closed) return;
  if (status != 0) return close(uv_strerror(status));
  queue_.consume(bytes);
  if (session_) session_->on_written(bytes);
  if (!queue_.empty()) {
    write_rest();
  } else if (state_ == State::flushing) {
    return say_farewell();
  }
  if (state_ == State::open && waits_for_room_ && session_->has_room()) {
    waits_for_room_ = false;
    wake();
  }
}

void ClientStream::flush_then_close(std::string_view reason) {
  log_end(reason);
  state_ = State::flushing;
  farewell_began_ms_ = server_.now().monotonic_ms;
  session_.reset();
  pause_reading();
  if (queue_.empty()) say_farewell();
}

// Closing a socket with unread input resets it, and the peer may lose the last reply. So our side
// ends first, and what the peer still sends is dropped until it hangs up or the time is over.
void ClientStream::say_farewell() {
  if (!linger_ || uv_shutdown(&shutdown_request_, stream(), on_shutdown) != 0) return close("");
  state_ = State::lingering;
  resume_reading();
}

void ClientStream::on_shutdown(uv_shutdown_t* request, int status) {
  auto* const self = static_cast<ClientStream*>(request->data);
  if (status != 0 && self->state_ != State::closed) self->close("");
}

void ClientStream::finish() {
  linger_ = false;
  if (state_ == State::open) return flush_then_close("the node stops");
  if (state_ == State::lingering) close("");
}

void ClientStream::close(std::string_view reason) {
  if (state_ == State::closed) return;
  if (state_ == State::open) log_end(reason);
  state_ = State::closed;
  session_.reset();
  uv_close(&handle_.handle, on_close);
}

void ClientStream::on_close(uv_handle_t* handle) {
  auto* const self = static_cast<ClientStream*>(handle->data);
  self->server_.forget(self->id_);
}

void ClientStream::check_time(Now now) {
  if (state_ == State::flushing || state_ == State::lingering) {
    if (now.monotonic_ms - farewell_began_ms_ > farewell_limit_ms) close("");
    return;
  }
  const std::int64_t timeout_ms = server_.node().settings().timeout_s * 1000;
  if (state_ != State::open || timeout_ms == 0) return;
  if (session_->connection().subscribed) return;  // it listens, and has nothing to say
  if (now.monotonic_ms - session_->connection().last_active_ms > timeout_ms) {
    close("idle for longer than timeout");
  }
}

void ClientStream::resume_reading() {
  if (reading_) return;
  const int status = uv_read_start(stream(), on_allocate, on_read);
  if (status != 0) return close(uv_strerror(status));
  reading_ = true;
}

void ClientStream::pause_reading() {
  if (std::exchange(reading_, false)) uv_read_stop(stream());
}

// What went wrong is worth a line; that a client has left is not, unless asked for.
void ClientStream::log_end(std::string_view reason) {
  if (!session_) return;
  const Connection& connection = session_->connection();
  const bool unexpected =
      connection.close && !connection.killed && connection.last_command != "QUIT";
  server_.node().log(unexpected ? LogLevel::notice : LogLevel::verbose,
                     "connection {} from {} ends: {}", id_, connection.endpoints.peer, reason);
}

}  // namespace cachekit::node
