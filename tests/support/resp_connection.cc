#include "tests/support/resp_connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cachekit::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t receive_bytes = 64 << 10;
constexpr std::size_t shown_bytes = 200;

bool wait_for(int descriptor, short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd waiting{descriptor, events, 0};
  return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) > 0;
}

bool connect_tcp(int descriptor, const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  ::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool connect_unix(int descriptor, const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.unix_path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, endpoint.unix_path.c_str(), endpoint.unix_path.size() + 1);
  return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::size_t child_count(char type, long long count) {
  if (count <= 0) return 0;
  const auto positive = static_cast<std::size_t>(count);
  return type == '%' ? 2 * positive : positive;
}

}  // namespace

std::size_t ReplyScanner::scan(std::string_view bytes) {
  while (pending_ > 0) {
    if (!scan_value(bytes)) return 0;
  }
  return position_;
}

// Steps over a line, a bulk string or an aggregate's header; false if it is not all there.
bool ReplyScanner::scan_value(std::string_view bytes) {
  const auto line_end = bytes.find("\r\n", position_);
  if (line_end == std::string_view::npos) return false;
  const char type = bytes[position_];
  const std::size_t next = line_end + 2;
  const std::string line(bytes.substr(position_ + 1, line_end - position_ - 1));
  switch (type) {
    case '+':
    case '-':
    case ':':
    case ',':
    case '#':
    case '_':
    case '(':
      position_ = next;
      break;
    case '$':
    case '=':
    case '!': {
      const long long size = std::stoll(line);
      const std::size_t end = size < 0 ? next : next + static_cast<std::size_t>(size) + 2;
      if (bytes.size() < end) return false;
      position_ = end;
      break;
    }
    case '*':
    case '~':
    case '>':
    case '%':
      position_ = next;
      pending_ += child_count(type, std::stoll(line));
      break;
    default:
      throw std::runtime_error(fmt::format("a reply starts with byte {:#04x}, which is no type",
                                           static_cast<unsigned char>(type)));
  }
  --pending_;
  return true;
}

std::string encode_command(const std::vector<std::string>& words) {
  std::string bytes = fmt::format("*{}\r\n", words.size());
  for (const std::string& word : words)
    bytes += fmt::format("${}\r\n", word.size()) + word + "\r\n";
  return bytes;
}

std::unique_ptr<RespConnection> RespConnection::open(const Endpoint& endpoint,
                                                     std::chrono::milliseconds timeout) {
  const bool is_unix = !endpoint.unix_path.empty();
  const int descriptor = ::socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return nullptr;
  if (is_unix ? connect_unix(descriptor, endpoint) : connect_tcp(descriptor, endpoint)) {
    return std::unique_ptr<RespConnection>(new RespConnection(descriptor, timeout));
  }
  ::close(descriptor);
  return nullptr;
}

std::unique_ptr<RespConnection> RespConnection::to(const Endpoint& endpoint,
                                                   std::chrono::milliseconds timeout) {
  auto connection = open(endpoint, timeout);
  if (!connection) throw std::runtime_error("cannot connect to " + endpoint.text());
  return connection;
}

RespConnection::~RespConnection() { ::close(descriptor_); }

std::size_t RespConnection::send_some(std::string_view bytes) {
  const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

bool RespConnection::send(std::string_view bytes) {
  const auto deadline = Clock::now() + timeout_;
  while (!bytes.empty()) {
    errno = 0;
    const std::size_t sent = send_some(bytes);
    if (sent == 0 && errno != EAGAIN && errno != EINTR) return false;
    bytes.remove_prefix(sent);
    if (!bytes.empty() && !wait_for(descriptor_, POLLOUT, deadline)) return false;
  }
  return true;
}

void RespConnection::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

RespConnection::Received RespConnection::receive(Clock::time_point deadline) {
  if (!wait_for(descriptor_, POLLIN, deadline)) return Received::nothing;
  std::array<char, receive_bytes> buffer;
  const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return Received::closed;
  unread_.append(buffer.data(), static_cast<std::size_t>(got));
  return Received::bytes;
}

tl::expected<std::string, std::string> RespConnection::read_reply() {
  const auto deadline = Clock::now() + timeout_;
  ReplyScanner scanner;
  while (true) {
    if (const std::size_t size = scanner.scan(unread_); size > 0) {
      std::string reply = unread_.substr(0, size);
      unread_.erase(0, size);
      return reply;
    }
    switch (receive(deadline)) {
      case Received::bytes:
        break;
      case Received::closed:
        return tl::unexpected(std::string("closed"));
      case Received::nothing:
        return tl::unexpected(fmt::format("no whole reply within {} ms, only '{}'",
                                          timeout_.count(), unread_.substr(0, shown_bytes)));
    }
  }
}

tl::expected<std::string, std::string> RespConnection::call(const std::vector<std::string>& words) {
  if (!send(encode_command(words))) return tl::unexpected(std::string("closed"));
  return read_reply();
}

tl::expected<std::string, std::string> RespConnection::read_until_closed() {
  const auto deadline = Clock::now() + timeout_;
  while (true) {
    switch (receive(deadline)) {
      case Received::bytes:
        break;
      case Received::closed:
        return std::exchange(unread_, {});
      case Received::nothing:
        return tl::unexpected(fmt::format("not closed within {} ms after '{}'", timeout_.count(),
                                          unread_.substr(0, shown_bytes)));
    }
  }
}

}  // namespace cachekit::test
