// Talks to a node through sessions, without sockets: what a client says, and what it hears.

#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/node.h"
#include "node/session.h"

namespace cachekit::test {

/// A node whose clock stands still until it is told to go on.
class TestNode {
 public:
  explicit TestNode(node::Settings settings = {});

  node::Node& node() { return node_; }
  node::Now now() const { return now_; }
  void pass_ms(std::int64_t duration_ms);

  std::vector<std::string> log;

 private:
  node::Now now_{1'700'000'000'000, 5'000};
  node::Node node_;
};

/// One client. What its session sends is taken at once, unless the client is told not to read.
class Client {
 public:
  explicit Client(TestNode& node, std::string peer = "127.0.0.1:50000");

  /// Sends these bytes in one read and returns all that is answered, including what needs further
  /// turns.
  std::string send(std::string_view bytes);

  /// The same for one command, as an array of bulk strings.
  std::string call(std::initializer_list<std::string_view> words);

  /// Delivers a message, as the server would.
  void deliver(const node::Message& message);

  /// The turn ends: what other clients' commands have written for this one.
  std::string told();

  /// From now on nothing that is sent to the client is taken.
  void stop_reading() { reads_ = false; }

  /// Executes what the session has read, and takes what it asks for.
  void execute() { perform(executed()); }

  /// Executes it, and no more.
  node::Actions executed();

  /// Takes what the session asks for, as the server would.
  void perform(node::Actions actions);

  /// Takes everything, also what the session sends when it is woken for it.
  std::string read_all();

  node::Session& session() { return session_; }
  const node::Connection& connection() const { return session_.connection(); }

  /// What the last event asked of the server.
  node::Actions::Wait last_wait = node::Actions::Wait::input;
  std::optional<node::Close> closed;
  std::vector<node::Message> messages;
  std::size_t turns = 0;

 private:
  void wake_while_waiting();

  TestNode& node_;
  node::Session session_;
  bool reads_ = true;
  std::string unread_;
};

/// An array of bulk strings.
std::string encode(std::initializer_list<std::string_view> words);

/// The defaults, and a password.
node::Settings with_password(std::string password);

}  // namespace cachekit::test
