#include "node/server/primary_probe.h"

#include "node/server/addresses.h"
#include "node/server/server.h"
#include "protocol/command_writer.h"

namespace cachekit::node {
namespace {

using failover::ProbeOutcome;

PrimaryProbe* probe_of(const void* handle) {
  return static_cast<PrimaryProbe*>(static_cast<const uv_handle_t*>(handle)->data);
}

}  // namespace

PrimaryProbe::PrimaryProbe(Server& server)
    : server_(server), link_version_(server.node().replication().link_version()) {
  uv_tcp_init(server.loop(), &socket_);
  socket_.data = this;
  uv_timer_init(server.loop(), &timer_);
  timer_.data = this;
}

void PrimaryProbe::dial(const replication::Address& primary) {
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { probe_of(timer)->conclude(ProbeOutcome::silent); }, limit_ms,
      0);
  const auto address = parse_address(primary.host, primary.port);
  if (!address) return conclude(ProbeOutcome::silent);
  const int status =
      uv_tcp_connect(&connect_, &socket_, reinterpret_cast<const sockaddr*>(&*address), on_connect);
  if (status != 0) conclude(ProbeOutcome::silent);
}

void PrimaryProbe::on_connect(uv_connect_t* request, int status) {
  PrimaryProbe& self = *probe_of(request->handle);
  if (self.concluded_) return;
  if (status == 0) return self.connected();
  self.conclude(status == UV_ECONNREFUSED ? ProbeOutcome::dead : ProbeOutcome::silent);
}

void PrimaryProbe::connected() {
  const std::string& password = server_.node().settings().password;
  std::string question;
  if (!password.empty()) {
    protocol::append_command_header(question, 2);
    protocol::append_argument(question, "AUTH");
    protocol::append_argument(question, password);
  }
  protocol::append_command_header(question, 1);
  protocol::append_argument(question, "CACHEKIT.MANDATE");
  const uv_buf_t buffer = uv_buf_init(question.data(), static_cast<unsigned>(question.size()));
  if (uv_try_write(stream(), &buffer, 1) != static_cast<int>(question.size())) {
    return conclude(ProbeOutcome::silent);
  }
  const auto allocate = [](uv_handle_t* handle, std::size_t, uv_buf_t* out) {
    std::array<char, 256>& room = probe_of(handle)->buffer_;
    *out = uv_buf_init(room.data(), static_cast<unsigned>(room.size()));
  };
  if (uv_read_start(stream(), allocate, on_read) != 0) conclude(ProbeOutcome::silent);
}

// A connection that is taken and then cut says that the process is on its way, one or the other.
void PrimaryProbe::on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  PrimaryProbe& self = *probe_of(stream);
  if (self.concluded_) return;
  if (count < 0) return self.conclude(ProbeOutcome::silent);
  self.answer_.append(buffer->base, static_cast<std::size_t>(count));
  self.read_answer();
}

// One line, after the one about the password if there is one.
void PrimaryProbe::read_answer() {
  std::string_view answer = answer_;
  const std::size_t lines = server_.node().settings().password.empty() ? 1 : 2;
  std::string_view line;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::size_t end = answer.find("\r\n");
    if (end == std::string_view::npos) return;
    line = answer.substr(0, end);
    answer.remove_prefix(end + 2);
  }
  if (!line.starts_with('+')) return conclude(ProbeOutcome::silent);
  conclude(failover::outcome_of(line.substr(1), server_.node().mandate()->epoch()));
}

void PrimaryProbe::conclude(failover::ProbeOutcome outcome) {
  if (concluded_) return;
  concluded_ = true;
  // Of the one that the node follows by now, nothing is known.
  const bool is_past = link_version_ != server_.node().replication().link_version();
  server_.conclude_probe(is_past ? ProbeOutcome::silent : outcome);
  const auto closed = [](uv_handle_t* handle) {
    PrimaryProbe& self = *probe_of(handle);
    if (--self.open_handles_ == 0) self.server_.forget_probe();
  };
  uv_close(reinterpret_cast<uv_handle_t*>(&socket_), closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), closed);
}

}  // namespace cachekit::node
