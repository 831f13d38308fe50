#include "tests/conformance/server_pair.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/conformance/differential.h"

namespace cachekit::conformance {

using test::RespConnection;
using test::ServerProcess;

namespace {

std::string or_error(const tl::expected<std::string, std::string>& reply) {
  return reply ? *reply : fmt::format("({})", reply.error());
}

}  // namespace

ServerPair::ServerPair()
    : node_(ServerProcess::start_node()), redis_(ServerProcess::start_redis()) {
  start_over();
}

ServerPair::~ServerPair() {
  node_->stop();
  redis_->stop();
}

void ServerPair::start_over(int protocol) {
  node_connection_ = RespConnection::to(node());
  redis_connection_ = RespConnection::to(redis());
  REQUIRE(ask_node({"FLUSHALL"}) == "+OK\r\n");
  REQUIRE(ask_redis({"FLUSHALL"}) == "+OK\r\n");
  if (protocol == 2) return;
  REQUIRE(ask_node({"HELLO", "3"}).starts_with('%'));
  REQUIRE(ask_redis({"HELLO", "3"}).starts_with('%'));
}

std::string ServerPair::ask(RespConnection& connection, const Words& words) {
  return or_error(connection.call(words));
}

std::string ServerPair::check_same(const Words& words) {
  const std::string from_node = ask_node(words);
  const std::string from_redis = ask_redis(words);
  CHECK_MESSAGE(from_node == from_redis, fmt::format("{}", words), ": the node answers ",
                printable(from_node), ", redis-server ", printable(from_redis));
  return from_node;
}

std::string ServerPair::until_closed(const test::Endpoint& endpoint, std::string_view bytes) {
  const auto connection = RespConnection::to(endpoint);
  connection->send(bytes);
  return or_error(connection->read_until_closed());
}

void ServerPair::check_same_end(std::string_view bytes) {
  const std::string from_node = until_closed(node(), bytes);
  const std::string from_redis = until_closed(redis(), bytes);
  CHECK_MESSAGE(from_node == from_redis, printable(bytes), ": the node answers ",
                printable(from_node), ", redis-server ", printable(from_redis));
}

std::string ServerPair::until_echo(const test::Endpoint& endpoint, std::string_view bytes) {
  const auto connection = RespConnection::to(endpoint);
  connection->send(std::string(bytes) + test::encode_command({"ECHO", "the end"}));
  std::string all;
  while (!all.ends_with("the end\r\n")) {
    const auto reply = connection->read_reply();
    all += or_error(reply);
    if (!reply) break;
  }
  return all;
}

void ServerPair::check_same_stream(std::string_view bytes) {
  const std::string from_node = until_echo(node(), bytes);
  const std::string from_redis = until_echo(redis(), bytes);
  CHECK_MESSAGE(from_node == from_redis, printable(bytes), ": the node answers ",
                printable(from_node), ", redis-server ", printable(from_redis));
}

std::vector<std::string> elements_of(std::string_view reply) {
  std::vector<std::string> elements;
  if (reply.empty() || std::string_view("*~%>").find(reply.front()) == std::string_view::npos) {
    return elements;
  }
  for (std::size_t at = reply.find('\n') + 1; at < reply.size();) {
    test::ReplyScanner scanner;
    const std::size_t size = scanner.scan(reply.substr(at));
    elements.emplace_back(reply.substr(at, size));
    at += size;
  }
  return elements;
}

std::string text_of(std::string_view reply) {
  if (reply.empty()) return {};
  const bool has_header = reply.front() == '$' || reply.front() == '=';
  const std::size_t start = has_header ? reply.find('\n') + 1 : 1;
  const std::string_view text = reply.substr(start, reply.size() - start - 2);
  return std::string(reply.front() == '=' ? text.substr(4) : text);
}

}  // namespace cachekit::conformance
