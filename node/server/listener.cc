#include "node/server/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "node/server/addresses.h"
#include "node/server/server.h"

namespace cachekit::node {
namespace {

// The file of a socket stays behind when its process is killed.
bool is_stale_socket(const sockaddr_un& address) {
  struct stat file{};
  if (lstat(address.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const int status = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const bool refused = status != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

}  // namespace

Listener::Listener(Server& server, bool unix_socket) : server_(server), unix_socket_(unix_socket) {
  if (unix_socket_) {
    uv_pipe_init(server.loop(), &handle_.pipe, 0);
  } else {
    uv_tcp_init(server.loop(), &handle_.tcp);
  }
  handle_.handle.data = this;
}

tl::expected<void, std::string> Listener::listen_on(std::string_view host, std::uint16_t port) {
  const auto address = parse_address(host, port);
  if (!address) return tl::unexpected(address.error());
  const unsigned flags = address->ss_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0;
  const int status = uv_tcp_bind(&handle_.tcp, reinterpret_cast<const sockaddr*>(&*address), flags);
  if (auto started = start(status, fmt::format("{} port {}", host, port)); !started) {
    return started;
  }
  address_ = local_address(handle_.tcp);
  return {};
}

tl::expected<void, std::string> Listener::listen_on_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return tl::unexpected(
        fmt::format("the path of the Unix socket '{}' has {} bytes, at most {} fit", path,
                    path.size(), sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_stale_socket(address)) unlink(path.c_str());
  address_ = path;
  return start(uv_pipe_bind(&handle_.pipe, path.c_str()), path);
}

tl::expected<void, std::string> Listener::start(int bind_status, std::string_view where) {
  const int status = bind_status != 0 ? bind_status : uv_listen(stream(), backlog, on_connection);
  if (status == 0) return {};
  return tl::unexpected(fmt::format("cannot listen on {}: {}", where, uv_strerror(status)));
}

std::uint16_t Listener::port() const { return unix_socket_ ? 0 : port_of(handle_.tcp); }

void Listener::on_connection(uv_stream_t* handle, int status) {
  auto* const self = static_cast<Listener*>(handle->data);
  self->server_.accept_from(*self, status);
}

void Listener::close() {
  if (!uv_is_closing(&handle_.handle)) uv_close(&handle_.handle, nullptr);
}

}  // namespace cachekit::node
