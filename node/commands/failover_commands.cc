// What agents say to managed nodes, and what replicas ask of a primary that may be dead.

#include <fmt/format.h>

#include <optional>
#include <string>

#include "node/commands/addresses.h"
#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/failover/orders.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using failover::Mandate;
using failover::NodeRole;
using failover::Order;

constexpr std::string_view not_managed = "ERR this node is not managed";

std::optional<failover::Epoch> parse_epoch(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number <= 0 || *number > protocol::highest_epoch) return std::nullopt;
  return static_cast<failover::Epoch>(*number);
}

// PRIMARY [ALONE], or REPLICA host port [OBSERVER].
std::optional<Order> parse_order(std::span<const std::string_view> arguments) {
  const auto epoch = parse_epoch(arguments[1]);
  if (!epoch) return std::nullopt;
  Order order{.epoch = *epoch, .run_id = std::string(arguments[2])};
  const auto words = arguments.subspan(3);
  if (same_word(words[0], "PRIMARY") && words.size() <= 2) {
    order.role = NodeRole::primary;
    order.alone = words.size() == 2;
    if (order.alone && !same_word(words[1], "ALONE")) return std::nullopt;
    return order;
  }
  if (!same_word(words[0], "REPLICA") || words.size() < 3 || words.size() > 4) return std::nullopt;
  order.observes = words.size() == 4;
  if (order.observes && !same_word(words[3], "OBSERVER")) return std::nullopt;
  const auto address = parse_primary_address(words[1], words[2]);
  if (!address) return std::nullopt;
  order.role = NodeRole::replica;
  order.primary = *address;
  return order;
}

template <typename Outcome>
void reply_outcome(Context& context, const Outcome& outcome) {
  if (!outcome) return context.reply.error(outcome.error());
  context.reply.ok();
}

}  // namespace

void cachekit_role(Context& context) {
  if (context.node.mandate() == nullptr) return context.reply.error(not_managed);
  const auto order = parse_order(context.arguments);
  if (!order) {
    return context.reply.error(
        "ERR expected: epoch run-id PRIMARY [ALONE], or epoch run-id REPLICA host port [OBSERVER]");
  }
  reply_outcome(context, failover::obey(context.node, *order));
}

// Answered by the session, once the primary has been probed.
void cachekit_promise(Context& context) {
  Mandate* const mandate = context.node.mandate();
  if (mandate == nullptr) return context.reply.error(not_managed);
  const auto epoch = parse_epoch(context.arguments[1]);
  if (!epoch) return context.reply.error(errors::not_an_integer);
  if (const auto possible = mandate->check_promise(*epoch); !possible) {
    return context.reply.error(possible.error());
  }
  const bool probes = mandate->role() == NodeRole::replica && !mandate->has_promised();
  if (!probes) {
    return reply_outcome(
        context, failover::give_promise(context.node, *epoch, failover::ProbeOutcome::silent));
  }
  context.connection.promise = PromiseWait{*epoch, context.node.suspicion().ask()};
  context.node.replication().wake_later(context.connection.id);
}

void cachekit_handover(Context& context) {
  Mandate* const mandate = context.node.mandate();
  if (mandate == nullptr) return context.reply.error(not_managed);
  const auto epoch = parse_epoch(context.arguments[1]);
  if (!epoch) return context.reply.error(errors::not_an_integer);
  if (const auto closed = mandate->close(*epoch); !closed) {
    return context.reply.error(closed.error());
  }
  context.reply.integer(static_cast<std::int64_t>(context.node.replication().offset()));
}

void cachekit_mandate(Context& context) {
  const Mandate* const mandate = context.node.mandate();
  if (mandate == nullptr) return context.reply.error(not_managed);
  context.reply.simple(failover::to_line(*mandate));
}

void cachekit_status(Context& context) {
  const std::vector<std::string> words = protocol::words_of(failover::report_of(context.node));
  context.reply.array(words.size());
  for (const std::string& word : words) context.reply.bulk(word);
}

// SET version document, or GET, of what is newer than a version.
void cachekit_topology(Context& context) {
  failover::TopologyCopy& copy = context.node.topology_copy();
  if (same_word(context.arguments[1], "GET") && context.arguments.size() <= 3) {
    const auto known = context.arguments.size() == 3 ? parse_integer(context.arguments[2]) : 0;
    if (!known || *known < 0) return context.reply.error(errors::not_an_integer);
    return copy.version() <= static_cast<std::uint64_t>(*known)
               ? context.reply.null()
               : context.reply.bulk(copy.document());
  }
  if (!same_word(context.arguments[1], "SET") || context.arguments.size() != 4) {
    return context.reply.error("ERR expected: SET version document, or GET [version]");
  }
  const auto version = parse_epoch(context.arguments[2]);
  if (!version) return context.reply.error(errors::not_an_integer);
  if (context.arguments[3].size() > failover::TopologyCopy::max_bytes) {
    return context.reply.error("ERR the document is too large");
  }
  if (!copy.offer(*version, std::string(context.arguments[3]))) {
    return context.reply.error(
        fmt::format("STALETOPOLOGY version {} is here already", copy.version()));
  }
  context.reply.ok();
}

}  // namespace cachekit::node::commands
