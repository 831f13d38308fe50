// A server with several connections that track: what each of them hears, command by command.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::conformance {

using Words = std::vector<std::string>;

class TrackedServer {
 public:
  /// Connects so often that the ids are those of every other such server.
  TrackedServer(const test::Endpoint& endpoint, std::size_t connections);

  /// Sends the commands in one piece. In a word, "@2" stands for the id of connection 2. Returns
  /// what this connection hears until it has been answered.
  std::vector<std::string> send(std::size_t connection, const std::vector<Words>& commands);

  /// What the connection has heard since; the order of keys of one message, and of messages in a
  /// row, does not count.
  std::vector<std::string> heard(std::size_t connection);

  /// The connection goes.
  void close(std::size_t connection) { connections_[connection].reset(); }

  std::size_t size() const { return connections_.size(); }
  test::RespConnection& connection(std::size_t index) { return *connections_[index]; }
  std::string id(std::size_t connection) const { return std::to_string(first_id_ + connection); }

 private:
  std::string with_ids(const std::string& word) const;

  std::vector<std::unique_ptr<test::RespConnection>> connections_;
  std::size_t first_id_ = 0;
};

/// A step of a script: these commands, in one piece, on this connection.
struct TrackedStep {
  std::size_t connection;
  std::vector<Words> commands;
};

/// Does the same to both, checks after each step that all connections hear the same, and returns
/// whether they did. `context` is told with a failure.
bool check_same_steps(TrackedServer& node, TrackedServer& redis,
                      const std::vector<TrackedStep>& steps);

/// An invalidation as a client of RESP3 hears it.
std::string invalidation(const Words& keys);

}  // namespace cachekit::conformance
