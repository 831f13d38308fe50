#include "bench/compare/load_connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace cachekit::bench::compare {

tl::expected<LoadConnection, std::string> LoadConnection::open(const LoadOptions& options) {
  LoadConnection connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), options);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(options.port);
  const auto* const any_address = reinterpret_cast<const sockaddr*>(&address);
  const int descriptor = connection.descriptor_;
  if (::connect(descriptor, any_address, sizeof address) != 0) {
    return tl::unexpected(
        fmt::format("cannot connect to port {}: {}", options.port, std::strerror(errno)));
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  return connection;
}

LoadConnection::LoadConnection(LoadConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      counter_(std::move(other.counter_)),
      waiting_(other.waiting_),
      sent_at_(other.sent_at_),
      rest_(std::move(other.rest_)) {}

LoadConnection::~LoadConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool LoadConnection::send(std::string_view batch, std::size_t requests, Clock::time_point now) {
  waiting_ = requests;
  sent_at_ = now;
  const ssize_t taken = ::send(descriptor_, batch.data(), batch.size(), MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN) return false;
  rest_ = batch.substr(taken < 0 ? 0 : static_cast<std::size_t>(taken));
  return true;
}

bool LoadConnection::send_rest() {
  const ssize_t taken = ::send(descriptor_, rest_.data(), rest_.size(), MSG_NOSIGNAL);
  if (taken < 0) return errno == EAGAIN;
  rest_.erase(0, static_cast<std::size_t>(taken));
  return true;
}

ReplyCounter::Count LoadConnection::received(std::string_view bytes) {
  const ReplyCounter::Count count = counter_.count(bytes);
  waiting_ -= count.replies;
  return count;
}

}  // namespace cachekit::bench::compare
