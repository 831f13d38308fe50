#include "tests/integration/fake_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "protocol/command_parser.h"

namespace cachekit::test {
namespace {

/// How often a thread looks whether the server is to stop.
constexpr int look_every_ms = 20;

bool readable(int descriptor) {
  pollfd polled{descriptor, POLLIN, 0};
  return poll(&polled, 1, look_every_ms) > 0;
}

}  // namespace

FakeServer::FakeServer(Handler handler, Options options)
    : handler_(std::move(handler)), options_(options) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  auto* address = reinterpret_cast<sockaddr*>(&name);
  if (bind(listener_, address, size) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, address, &size) != 0) {
    throw std::runtime_error("the fake server cannot listen on the loopback interface");
  }
  port_ = ntohs(name.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeServer::~FakeServer() {
  stopping_ = true;
  acceptor_.join();
  for (const int descriptor : descriptors_) shutdown(descriptor, SHUT_RDWR);
  for (std::thread& connection : connections_) connection.join();
  for (const int descriptor : descriptors_) close(descriptor);
  close(listener_);
}

std::string FakeServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

void FakeServer::accept_all() {
  while (!stopping_) {
    if (!readable(listener_)) continue;
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    if (options_.closes_at_once) {
      close(descriptor);
      continue;
    }
    const std::lock_guard lock(mutex_);
    descriptors_.push_back(descriptor);
    connections_.emplace_back([this, descriptor] { serve(descriptor); });
  }
}

void FakeServer::serve(int descriptor) {
  protocol::CommandParser parser;
  std::string input;
  std::array<char, 65536> buffer;
  while (!stopping_) {
    if (!readable(descriptor)) continue;
    const ssize_t received = recv(descriptor, buffer.data(), buffer.size(), 0);
    if (received <= 0) return;
    input.append(buffer.data(), static_cast<std::size_t>(received));
    while (parser.next(input, {}) == protocol::CommandParser::Status::complete) {
      const Words words(parser.arguments().begin(), parser.arguments().end());
      input.erase(0, parser.consumed());
      if (!answer(descriptor, words)) {
        shutdown(descriptor, SHUT_RDWR);
        return;
      }
    }
  }
}

bool FakeServer::answer(int descriptor, const Words& words) {
  if (options_.greets && words[0] == "CLIENT") return send_all(descriptor, {.bytes = "+OK\r\n"});
  if (options_.greets && words[0] == "PING") return send_all(descriptor, {.bytes = "+PONG\r\n"});
  ++handled_;
  const Reply reply = handler_(words);
  return send_all(descriptor, reply) && !reply.then_close;
}

bool FakeServer::send_all(int descriptor, const Reply& reply) {
  std::string_view rest = reply.bytes;
  while (!rest.empty() && !stopping_) {
    const std::size_t size = reply.pause.count() > 0 ? 1 : rest.size();
    const ssize_t sent = send(descriptor, rest.data(), size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
    std::this_thread::sleep_for(reply.pause);
  }
  const std::string filler(65536, 'x');
  while (reply.then_endless && !stopping_) {
    if (send(descriptor, filler.data(), filler.size(), MSG_NOSIGNAL) <= 0) return false;
  }
  return true;
}

}  // namespace cachekit::test
