#include "client/io/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

namespace cachekit::io {
namespace {

Transfer outcome(ssize_t bytes) {
  if (bytes > 0) return {Transfer::Result::moved, static_cast<std::size_t>(bytes), 0};
  if (bytes == 0) return {Transfer::Result::closed, 0, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
  return {Transfer::Result::failed, 0, errno};
}

void set_flag(int descriptor, int level, int option) {
  const int on = 1;
  setsockopt(descriptor, level, option, &on, sizeof on);
}

}  // namespace

tl::expected<std::unique_ptr<Socket>, int> Socket::connect(const SocketAddress& address) {
  const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return tl::unexpected(errno);
  auto opened = std::make_unique<Socket>(descriptor);
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(descriptor, name, address.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
    return tl::unexpected(errno);
  }
  return opened;
}

Socket::~Socket() { close(descriptor_); }

int Socket::connect_error() const {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void Socket::configure(std::chrono::milliseconds receive_timeout) {
  // Fails on Unix sockets, which need neither.
  set_flag(descriptor_, IPPROTO_TCP, TCP_NODELAY);
  set_flag(descriptor_, SOL_SOCKET, SO_KEEPALIVE);

  // Blocking, for receive_waiting(); every other call asks for MSG_DONTWAIT.
  const int flags = fcntl(descriptor_, F_GETFL);
  fcntl(descriptor_, F_SETFL, flags & ~O_NONBLOCK);
  timeval timeout{};
  timeout.tv_sec = receive_timeout.count() / 1000;
  timeout.tv_usec = (receive_timeout.count() % 1000) * 1000;
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

Transfer Socket::send(std::string_view bytes) {
  return outcome(::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

Transfer Socket::receive(std::span<char> buffer) {
  return outcome(recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT));
}

Transfer Socket::receive_waiting(std::span<char> buffer) {
  return outcome(recv(descriptor_, buffer.data(), buffer.size(), 0));
}

void Socket::interrupt() { shutdown(descriptor_, SHUT_RDWR); }

bool Socket::quiet() {
  char byte = 0;
  return recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace cachekit::io
