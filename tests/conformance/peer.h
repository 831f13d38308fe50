// A node as a process, one connection to it, and what is asked over it again and again.

#pragma once

#include <doctest/doctest.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/running_node.h"

namespace cachekit::conformance {

// A node and one connection to it.
class Peer {
 public:
  explicit Peer(const Words& flags = {}) : node(flags), connection_(node.connect()) {}

  // "nothing" if the node closes instead, as a primary does whose lease lapses before the answer to
  // a write has left; the next command goes over another connection then.
  std::string ask(const Words& words) {
    std::string reply = conformance::ask(*connection_, words);
    if (reply == "nothing") connection_ = node.connect();
    return reply;
  }

  template <class Command>
  std::vector<std::string> ask_many(int count, Command command) {
    return conformance::ask_many(*connection_, count, command);
  }

  // A line as typed into telnet; its reply is read.
  void run(const std::string& line) {
    REQUIRE(connection_->send(line + "\r\n"));
    REQUIRE(connection_->read_reply());
  }

  std::string info(const std::string& field) {
    const std::string text = ask({"INFO", "everything"});
    const std::size_t at = text.find("\n" + field + ":");
    REQUIRE_MESSAGE(at != std::string::npos, "INFO has no ", field);
    const std::size_t from = at + field.size() + 2;
    return text.substr(from, text.find('\r', from) - from);
  }

  void follow(Peer& primary) {
    const auto port = std::to_string(primary.node.process().endpoint().port);
    REQUIRE(ask({"REPLICAOF", "127.0.0.1", port}) == "+OK\r\n");
  }

  bool is_linked() { return info("master_link_status") == "up"; }

  // Whether it holds what its primary holds, and has told it so.
  bool is_level_with(Peer& primary) {
    return info("role") == "slave" && is_linked() &&
           info("slave_repl_offset") == primary.info("master_repl_offset") &&
           primary.info("slave0").find("offset=" + info("slave_repl_offset") + ",") !=
               std::string::npos;
  }

  RunningNode node;

 private:
  std::unique_ptr<test::RespConnection> connection_;
};

// The words of an array of bulk strings.
inline std::vector<std::string> words_of(std::string_view reply) {
  std::vector<std::string> words;
  REQUIRE_MESSAGE(reply.starts_with('*'), "no array: ", reply);
  reply.remove_prefix(reply.find('\n') + 1);
  while (!reply.empty()) {
    std::size_t size = 0;
    std::from_chars(reply.data() + 1, reply.data() + reply.size(), size);
    reply.remove_prefix(reply.find('\n') + 1);
    words.emplace_back(reply.substr(0, size));
    reply.remove_prefix(size + 2);
  }
  return words;
}

}  // namespace cachekit::conformance
