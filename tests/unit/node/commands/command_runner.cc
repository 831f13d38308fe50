#include "tests/unit/node/commands/command_runner.h"

#include <doctest/doctest.h>

#include "node/commands/errors.h"
#include "protocol/inline_command.h"
#include "protocol/segments.h"

namespace cachekit::test {
namespace {

void call(void (*handler)(node::DataContext&), node::DataContext& context) { handler(context); }

void call(void (*)(node::Context&), node::DataContext& context) {
  FAIL("not a data command: " << context.spec.name);
}

void call_handler(node::DataContext& context) {
  switch (context.spec.id) {
#define COMMAND(id, ...)                \
  case protocol::CommandId::id:         \
    call(&node::commands::id, context); \
    break;
#include "protocol/commands.def"
#undef COMMAND
  }
}

std::string on_one_line(std::string text) {
  for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n")) {
    text.replace(at, 2, " ");
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

void execute(std::span<const std::string_view> words, node::storage::Store& store,
             node::storage::UnixMillis now, protocol::ReplyWriter& reply) {
  const auto* spec = protocol::find_command(words.front());
  REQUIRE(spec != nullptr);
  REQUIRE(spec->accepts(words.size()));
  if (spec->has(protocol::command_flag::denyoom) && !store.make_room(now)) {
    return reply.error(node::commands::errors::out_of_memory);
  }
  node::DataContext context{*spec, words, reply, store, now};
  call_handler(context);
}

void execute(std::string_view line, node::storage::Store& store, node::storage::UnixMillis now) {
  const auto words = protocol::split_inline_command(line);
  REQUIRE(words);
  const std::vector<std::string_view> views(words->begin(), words->end());
  protocol::Segments segments;
  protocol::ReplyWriter reply(segments);
  execute(views, store, now, reply);
}

std::string CommandRunner::run(const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  protocol::Segments segments;
  protocol::ReplyWriter reply(segments, version);
  execute(views, store, now, reply);
  std::string text;
  for (const auto& segment : segments.list()) text += segment.bytes();
  return on_one_line(text);
}

std::string CommandRunner::run(std::string_view line) {
  const auto words = protocol::split_inline_command(line);
  REQUIRE(words);
  return run(*words);
}

}  // namespace cachekit::test
