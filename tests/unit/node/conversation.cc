#include "tests/unit/node/conversation.h"

#include <span>
#include <utility>

#include "protocol/command_writer.h"

namespace cachekit::test {

using node::Actions;

TestNode::TestNode(node::Settings settings)
    : node_(
          std::move(settings), {.run_id = std::string(40, 'a'), .seed = 1},
          [this](node::LogLevel, std::string_view line) { log.emplace_back(line); }, now_) {}

void TestNode::pass_ms(std::int64_t duration_ms) {
  now_.unix_ms += duration_ms;
  now_.monotonic_ms += duration_ms;
  node_.set_now(now_);
}

Client::Client(TestNode& node, std::string peer)
    : node_(node),
      session_(node.node(), node.node().connections().next_id(),
               {.peer = std::move(peer), .local = "127.0.0.1:7379", .descriptor = 9}, node.now()) {}

std::string Client::send(std::string_view bytes) {
  session_.read(bytes, node_.now(), node_.node().batch());
  execute();
  if (!reads_) return {};
  return read_all();
}

std::string Client::call(std::initializer_list<std::string_view> words) {
  return send(encode(words));
}

void Client::deliver(const node::Message& message) {
  perform(session_.on_message(message, node_.now()));
}

std::string Client::read_all() {
  wake_while_waiting();
  std::string taken = std::exchange(unread_, {});
  return taken;
}

std::string Client::told() {
  node_.node().tracking().end_turn();
  Actions actions = session_.on_told();
  actions.wait = last_wait;
  perform(std::move(actions));
  return reads_ ? read_all() : std::string();
}

void Client::wake_while_waiting() {
  session_.on_written(session_.connection().unsent_bytes);
  while (last_wait != Actions::Wait::input && !closed) {
    perform(session_.on_wake(node_.now()));
    session_.on_written(session_.connection().unsent_bytes);
  }
}

Actions Client::executed() {
  Actions actions;
  session_.execute(actions);
  return actions;
}

void Client::perform(Actions actions) {
  ++turns;
  for (const protocol::Segment& segment : actions.send.list()) unread_ += segment.bytes();
  for (node::Message& message : actions.messages) messages.push_back(std::move(message));
  last_wait = actions.wait;
  if (actions.close) closed = std::move(actions.close);
}

std::string encode(std::initializer_list<std::string_view> words) {
  std::string bytes;
  protocol::append_command(bytes, std::span(words.begin(), words.size()));
  return bytes;
}

node::Settings with_password(std::string password) {
  node::Settings settings;
  settings.password = std::move(password);
  return settings;
}

}  // namespace cachekit::test
