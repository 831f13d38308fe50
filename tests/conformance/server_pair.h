// A node and a redis-server that are asked the same, for scripted comparisons. For one thread.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::conformance {

using Words = std::vector<std::string>;

class ServerPair {
 public:
  /// Starts both. Only where redis_is_installed().
  ServerPair();

  /// Checks that both still run and end cleanly.
  ~ServerPair();

  /// Empties both and connects anew.
  void start_over(int protocol = 2);

  /// One command to one of them; what went wrong, in brackets, instead of a reply.
  std::string ask_node(const Words& words) { return ask(*node_connection_, words); }
  std::string ask_redis(const Words& words) { return ask(*redis_connection_, words); }

  /// Asks both and checks that the replies are the same; returns the node's.
  std::string check_same(const Words& words);

  /// Sends these bytes on connections of their own, and checks that both answer the same and
  /// then close.
  void check_same_end(std::string_view bytes);

  /// Sends these bytes and checks that both answer the same up to the reply to a final ECHO.
  void check_same_stream(std::string_view bytes);

  const test::Endpoint& node() const { return node_->endpoint(); }
  const test::Endpoint& redis() const { return redis_->endpoint(); }

 private:
  static std::string ask(test::RespConnection& connection, const Words& words);
  static std::string until_closed(const test::Endpoint& endpoint, std::string_view bytes);
  static std::string until_echo(const test::Endpoint& endpoint, std::string_view bytes);

  std::unique_ptr<test::ServerProcess> node_;
  std::unique_ptr<test::ServerProcess> redis_;
  std::unique_ptr<test::RespConnection> node_connection_;
  std::unique_ptr<test::RespConnection> redis_connection_;
};

/// The elements of an array, set or map reply, as they stand on the wire; empty if it is none.
std::vector<std::string> elements_of(std::string_view reply);

/// The text of a bulk, verbatim or simple string, or of an integer.
std::string text_of(std::string_view reply);

}  // namespace cachekit::conformance
