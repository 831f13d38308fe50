#include "node/executor.h"

#include <limits>
#include <utility>

#include "node/connection.h"
#include "node/node.h"

namespace cachekit::node {
namespace {

using protocol::ReplyWriter;
using protocol::Segment;
using protocol::Segments;

CommandStatistics& statistics_of(const Call& call, Statistics& statistics) {
  if (call.subcommand != nullptr) [[unlikely]]
    return statistics.subcommands[call.subcommand->full_name];
  return statistics.commands[static_cast<std::size_t>(call.spec->id)];
}

std::size_t reply_budget_bytes(const Node& node, const Connection& connection) {
  const std::size_t limit = node.settings().output_buffer_limit_bytes;
  if (limit == 0) return std::numeric_limits<std::size_t>::max();
  const std::size_t waiting = connection.unsent_bytes + connection.output.size_bytes();
  return limit > waiting ? limit - waiting : 0;
}

// Runs the handler and counts the call, and the error if the reply is one.
void run_counted(const Call& call, Node& node, Connection& connection) {
  ReplyWriter reply(connection.output, connection.version);
  reply.set_budget(reply_budget_bytes(node, connection));
  Context context{
      {*call.spec, call.arguments, reply, node.store(), node.now().unix_ms}, node, connection};
  handler_of(call.spec->id)(context);
  if (reply.over_budget()) {
    connection.close = Close{"its replies exceed client-output-buffer-limit", false};
  }
  if (connection.tracking.on) node.tracking().remember(*call.spec, call.arguments, connection);

  Statistics& statistics = node.statistics();
  CommandStatistics& counters = statistics_of(call, statistics);
  ++statistics.commands_processed;
  ++counters.calls;
  if (reply.error_code().empty()) return;
  ++counters.failed_calls;
  statistics.count_error(reply.error_code());
}

// What a subscriber is answered is no reply but a message of its channel.
bool answers_by_message(protocol::CommandId id) {
  return id == protocol::CommandId::subscribe || id == protocol::CommandId::unsubscribe ||
         id == protocol::CommandId::punsubscribe;
}

void append(Segments& out, const Segments& more) {
  for (const Segment& segment : more.list()) out.tail().append(segment.bytes());
}

}  // namespace

void execute(const Call& call, Node& node, Connection& connection) {
  connection.last_command =
      call.subcommand != nullptr ? call.subcommand->full_name : call.spec->name;
  if (!connection.replies_suppressed() || answers_by_message(call.spec->id)) {
    return run_counted(call, node, connection);
  }

  // Only CLIENT REPLY ON and RESET are answered here, since they end the silence.
  Segments answered_before = std::exchange(connection.output, Segments());
  run_counted(call, node, connection);
  const Segments reply = std::exchange(connection.output, std::move(answered_before));
  if (!connection.replies_suppressed()) append(connection.output, reply);
}

void reject(const Call* call, std::string_view error, Node& node, Connection& connection) {
  if (call != nullptr) ++statistics_of(*call, node.statistics()).rejected_calls;
  node.statistics().count_error(error);
  if (connection.replies_suppressed()) return;
  ReplyWriter(connection.output, connection.version).error(error);
}

}  // namespace cachekit::node
