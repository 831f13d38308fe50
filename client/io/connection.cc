#include "client/io/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "protocol/command_writer.h"

namespace cachekit::io {
namespace {

/// A buffer of requests larger than this is not kept for the next ones.
constexpr std::size_t kept_outgoing_bytes = std::size_t{64} << 10;

/// So that a node that never stops sending cannot keep the exchange from looking at the clock.
constexpr int slices_per_read = 16;

std::string describe_errno(int error) {
  std::array<char, 128> buffer{};
  return strerror_r(error, buffer.data(), buffer.size());
}

}  // namespace

Connection::Connection(std::string_view node, const ConnectionSettings& settings)
    : node_(node), settings_(settings), reader_(settings.limits) {}

Status Connection::broken(std::string_view what) const {
  return Status(Code::unavailable, fmt::format("node {} {}", node_, what));
}

Status Connection::named(const Status& status) const {
  return Status(status.code(), fmt::format("node {} {}", node_, status.message()));
}

Status Connection::start(std::vector<SocketAddress> addresses) {
  addresses_ = std::move(addresses);
  return connect_next();
}

Status Connection::connect_next() {
  while (next_address_ < addresses_.size()) {
    auto socket = Socket::connect(addresses_[next_address_++]);
    if (socket) {
      connecting_ = *std::move(socket);
      return {};
    }
    connect_error_ = socket.error();
  }
  return broken("cannot be reached: " + describe_errno(connect_error_));
}

Status Connection::proceed() {
  if (phase_ == Phase::connecting) {
    if (Status status = finish_connect(); !status.ok() || phase_ == Phase::connecting) {
      return status;
    }
  }
  write();
  const Status status = read(Wait::no);
  // A node that refuses a client says so before it closes.
  if (Status refusal = judge_greeting(); !refusal.ok()) return refusal;
  return status;
}

Status Connection::finish_connect() {
  connect_error_ = connecting_->connect_error();
  if (connect_error_ != 0) return connect_next();
  greeting_ = settings_.greeting;
  if (settings_.greeting_of) {
    Result<Greeting> greeting = settings_.greeting_of(node_);
    if (!greeting) return std::move(greeting.error());
    greeting_ = *std::move(greeting);
  }
  connecting_->configure(settings_.receive_slice);
  stream_ = std::move(connecting_);
  outgoing_ = greeting_.bytes;
  phase_ = Phase::greeting;
  return {};
}

Status Connection::judge_greeting() {
  const std::size_t expected = greeting_.replies;
  for (std::size_t i = 0; i < std::min(replies_.size(), expected); ++i) {
    Status status = judge_greeting_reply(greeting_, i, replies_[i]);
    if (!status.ok()) return named(status);
  }
  if (replies_.size() < expected) return {};
  replies_.erase(replies_.begin(), replies_.begin() + static_cast<std::ptrdiff_t>(expected));
  finish();
  if (!clean()) {
    return Status(Code::protocol_error,
                  fmt::format("node {} sent a reply that nobody asked for", node_));
  }
  phase_ = Phase::ready;
  return {};
}

bool Connection::refused() const {
  return phase_ == Phase::connecting &&
         (connect_error_ == ECONNREFUSED || connect_error_ == ENOENT);
}

int Connection::descriptor() const {
  return stream_ ? stream_->descriptor() : connecting_->descriptor();
}

short Connection::wanted_events() const {
  if (phase_ == Phase::connecting) return POLLOUT;
  return wants_write() ? POLLIN | POLLOUT : POLLIN;
}

void Connection::write() {
  while (wants_write()) {
    const Transfer sent = stream_->send(std::string_view(outgoing_).substr(sent_bytes_));
    if (sent.result == Transfer::Result::would_block) return;
    if (sent.result != Transfer::Result::moved) {
      write_failed_ = true;
      return;
    }
    sent_bytes_ += sent.bytes;
  }
}

Status Connection::read(Wait wait) {
  std::array<char, reader_slice_bytes> buffer;
  for (int slice = 0; slice < slices_per_read; ++slice) {
    const Transfer received =
        wait == Wait::for_first_byte ? stream_->receive_waiting(buffer) : stream_->receive(buffer);
    if (received.result == Transfer::Result::would_block) return {};
    if (received.result == Transfer::Result::closed) return broken("closed the connection");
    if (received.result == Transfer::Result::failed) {
      return broken("lost the connection: " + describe_errno(received.error));
    }
    const Status status = reader_.read({buffer.data(), received.bytes}, replies_);
    if (!status.ok()) return named(status);
    if (received.bytes < buffer.size()) return {};
    wait = Wait::no;
  }
  return {};
}

void Connection::queue(const Request& request) {
  protocol::append_command_header(outgoing_, request.size());
  for (std::size_t i = 0; i < request.size(); ++i) {
    protocol::append_argument(outgoing_, request[i]);
  }
  request_ends_.push_back(outgoing_.size());
}

void Connection::finish() {
  outgoing_.clear();
  if (outgoing_.capacity() > kept_outgoing_bytes) outgoing_.shrink_to_fit();
  request_ends_.clear();
  sent_bytes_ = 0;
}

bool Connection::clean() const {
  return outgoing_.empty() && replies_.empty() && reader_.between_replies() && !write_failed_;
}

}  // namespace cachekit::io
