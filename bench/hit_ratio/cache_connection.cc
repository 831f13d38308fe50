#include "bench/hit_ratio/cache_connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <utility>

namespace cachekit::bench::hit_ratio {
namespace {

constexpr std::size_t receive_bytes = std::size_t{256} << 10;

Status broken(std::string_view what) {
  return {Code::unavailable, fmt::format("the connection to the server broke: {}", what)};
}

Status unexpected_reply(std::string_view line) {
  return {Code::protocol_error, fmt::format("the server answered \"{}\"", line.substr(0, 100))};
}

// The number behind the last blank, or behind the first byte.
Result<std::size_t> length_in(std::string_view line) {
  const std::size_t blank = line.rfind(' ');
  const std::string_view digits = line.substr(blank == std::string_view::npos ? 1 : blank + 1);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return tl::unexpected(unexpected_reply(line));
  }
  return length;
}

void append_get(std::string& to, Protocol protocol, std::string_view key) {
  if (protocol == Protocol::memcached) {
    fmt::format_to(std::back_inserter(to), "get {}\r\n", key);
  } else {
    fmt::format_to(std::back_inserter(to), "*2\r\n$3\r\nGET\r\n${}\r\n{}\r\n", key.size(), key);
  }
}

void append_set(std::string& to, Protocol protocol, const KeyValue& pair) {
  if (protocol == Protocol::memcached) {
    fmt::format_to(std::back_inserter(to), "set {} 0 0 {}\r\n", pair.key, pair.value.size());
  } else {
    fmt::format_to(std::back_inserter(to), "*3\r\n$3\r\nSET\r\n${}\r\n{}\r\n${}\r\n",
                   pair.key.size(), pair.key, pair.value.size());
  }
  to.append(pair.value);
  to.append("\r\n");
}

}  // namespace

Result<CacheConnection> CacheConnection::open(Protocol protocol, std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CacheConnection connection(protocol, descriptor);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return tl::unexpected(broken(std::strerror(errno)));
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

CacheConnection::CacheConnection(CacheConnection&& other) noexcept
    : protocol_(other.protocol_), descriptor_(std::exchange(other.descriptor_, -1)) {}

CacheConnection::~CacheConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status CacheConnection::ping() {
  request_ = protocol_ == Protocol::memcached ? "version\r\n" : "PING\r\n";
  if (Status sent = send(); !sent.ok()) return sent;
  const Result<std::string_view> line = read_line();
  if (!line) return line.error();
  const bool answered = *line == "+PONG" || line->starts_with("VERSION");
  return answered ? Status() : unexpected_reply(*line);
}

Result<std::vector<bool>> CacheConnection::get(std::span<const std::string_view> keys) {
  request_.clear();
  for (const std::string_view key : keys) append_get(request_, protocol_, key);
  if (Status sent = send(); !sent.ok()) return tl::unexpected(std::move(sent));
  std::vector<bool> found;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    const Result<bool> one = read_found();
    if (!one) return tl::unexpected(one.error());
    found.push_back(*one);
  }
  return found;
}

Status CacheConnection::set(std::span<const KeyValue> pairs) {
  request_.clear();
  for (const KeyValue& pair : pairs) append_set(request_, protocol_, pair);
  if (Status sent = send(); !sent.ok()) return sent;
  for (std::size_t index = 0; index < pairs.size(); ++index) {
    if (Status stored = read_stored(); !stored.ok()) return stored;
  }
  return {};
}

Result<bool> CacheConnection::read_found() {
  const Result<std::string_view> line = read_line();
  if (!line) return tl::unexpected(line.error());
  if (*line == "$-1" || *line == "END") return false;
  const bool is_value = line->starts_with('$') || line->starts_with("VALUE ");
  if (!is_value) return tl::unexpected(unexpected_reply(*line));
  const Result<std::size_t> length = length_in(*line);
  if (!length) return tl::unexpected(length.error());
  if (Status skipped = skip(*length + 2); !skipped.ok()) return tl::unexpected(skipped);
  if (protocol_ == Protocol::resp) return true;
  const Result<std::string_view> end = read_line();
  if (!end) return tl::unexpected(end.error());
  if (*end != "END") return tl::unexpected(unexpected_reply(*end));
  return true;
}

Status CacheConnection::read_stored() {
  const Result<std::string_view> line = read_line();
  if (!line) return line.error();
  const bool stored = *line == "+OK" || *line == "STORED";
  const bool refused = line->starts_with("-OOM") || line->starts_with("SERVER_ERROR");
  return stored || refused ? Status() : unexpected_reply(*line);
}

Status CacheConnection::send() {
  std::string_view rest = request_;
  while (!rest.empty()) {
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return broken(std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Status CacheConnection::receive() {
  received_.erase(0, std::exchange(taken_, 0));
  const std::size_t before = received_.size();
  received_.resize(before + receive_bytes);
  const ssize_t count = ::recv(descriptor_, received_.data() + before, receive_bytes, 0);
  received_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count == 0) return broken("it was closed");
  return count < 0 ? broken(std::strerror(errno)) : Status();
}

// Without its end; valid until the next call.
Result<std::string_view> CacheConnection::read_line() {
  while (true) {
    const std::size_t end = received_.find("\r\n", taken_);
    if (end != std::string::npos) {
      const auto line = std::string_view(received_).substr(taken_, end - taken_);
      taken_ = end + 2;
      return line;
    }
    if (Status status = receive(); !status.ok()) return tl::unexpected(std::move(status));
  }
}

Status CacheConnection::skip(std::size_t bytes) {
  while (received_.size() - taken_ < bytes) {
    bytes -= received_.size() - taken_;
    taken_ = received_.size();
    if (Status status = receive(); !status.ok()) return status;
  }
  taken_ += bytes;
  return {};
}

}  // namespace cachekit::bench::hit_ratio
