#include "node/server/primary_connection.h"

#include "node/server/addresses.h"
#include "node/server/server.h"

namespace cachekit::node {
namespace {

PrimaryConnection* connection_of(const void* handle) {
  return static_cast<PrimaryConnection*>(static_cast<const uv_handle_t*>(handle)->data);
}

}  // namespace

PrimaryConnection::PrimaryConnection(Server& server)
    : server_(server),
      link_version_(server.node().replication().link_version()),
      buffer_(new char[read_bytes]) {
  link_.emplace(server.node());
  uv_tcp_init(server.loop(), &socket_);
  socket_.data = this;
}

void PrimaryConnection::dial(const replication::Address& address) {
  const auto parsed = parse_address(address.host, address.port);
  if (!parsed) return close(parsed.error());
  const int status =
      uv_tcp_connect(&connect_, &socket_, reinterpret_cast<const sockaddr*>(&*parsed), on_connect);
  if (status != 0) close(uv_strerror(status));
}

void PrimaryConnection::on_connect(uv_connect_t* request, int status) {
  PrimaryConnection& self = *connection_of(request->handle);
  if (self.closed_) return;
  if (status != 0) return self.close(uv_strerror(status));
  self.connected();
}

void PrimaryConnection::connected() {
  if (link_version_ != server_.node().replication().link_version()) return close("it is the past");
  uv_tcp_nodelay(&socket_, 1);
  server_.node().set_now(server_.now());
  send(link_->on_connected());
  if (!closed_) read_on();
}

void PrimaryConnection::read_on() {
  if (closed_) return;
  const int status = uv_read_start(stream(), on_allocate, on_read);
  if (status != 0) close(uv_strerror(status));
}

void PrimaryConnection::on_allocate(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  *buffer = uv_buf_init(connection_of(handle)->buffer_.get(), static_cast<unsigned>(read_bytes));
}

void PrimaryConnection::on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  PrimaryConnection& self = *connection_of(stream);
  if (count < 0) {
    self.close(count == UV_EOF ? "it has hung up" : uv_strerror(static_cast<int>(count)));
  } else if (count > 0) {
    self.received({buffer->base, static_cast<std::size_t>(count)});
  }
}

// A full read means that more is waiting; clients come first.
void PrimaryConnection::received(std::string_view bytes) {
  if (link_version_ != server_.node().replication().link_version()) return close("it is the past");
  server_.node().set_now(server_.now());
  const auto answer = link_->on_bytes(bytes);
  if (!answer) return close(answer.error());
  send(*answer);
  if (closed_) return;
  if (bytes.size() < read_bytes) return;
  uv_read_stop(stream());
  server_.read_on_from_primary();
}

void PrimaryConnection::tick() {
  if (closed_) return;
  const auto answer = link_->on_tick();
  if (!answer) return close(answer.error());
  if (link_version_ == server_.node().replication().link_version()) send(*answer);
}

// What a replica says is short; a primary that does not take it is not there.
void PrimaryConnection::send(std::string_view bytes) {
  if (bytes.empty()) return;
  const uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  if (uv_try_write(stream(), &buffer, 1) != static_cast<int>(bytes.size())) {
    close("it does not read");
  }
}

void PrimaryConnection::close(std::string_view reason) {
  if (closed_) return;
  closed_ = true;
  link_.reset();
  if (const auto& primary = server_.node().replication().primary()) {
    server_.node().log(LogLevel::notice, "the link to primary {}:{} ends: {}",
                       primary->address.host, primary->address.port, reason);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&socket_),
           [](uv_handle_t* handle) { connection_of(handle)->server_.forget_primary(); });
}

}  // namespace cachekit::node
