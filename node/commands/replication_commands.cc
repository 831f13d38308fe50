// Replication: REPLICAOF, ROLE, WAIT, how old answers may be, and what replicas say to their
// primary.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "node/commands/addresses.h"
#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using replication::Replication;

// A year; nobody waits for longer.
constexpr std::int64_t longest_wait_ms = std::int64_t{1000} * 60 * 60 * 24 * 365;

void reply_primary_role(Context& context, const Replication& replication) {
  context.reply.array(3);
  context.reply.bulk("master");
  context.reply.integer(static_cast<std::int64_t>(replication.offset()));
  context.reply.array(replication.replicas().size());
  for (const auto& [id, replica] : replication.replicas()) {
    context.reply.array(3);
    context.reply.bulk(replica.host);
    context.reply.bulk(fmt::format("{}", replica.port));
    context.reply.bulk(fmt::format("{}", replica.acknowledged));
  }
}

void reply_replica_role(Context& context, const Replication& replication) {
  const replication::Primary& primary = *replication.primary();
  context.reply.array(5);
  context.reply.bulk("slave");
  context.reply.bulk(primary.address.host);
  context.reply.integer(primary.address.port);
  context.reply.bulk(primary.copying ? "sync" : primary.connected ? "connected" : "connect");
  context.reply.integer(static_cast<std::int64_t>(replication.offset()));
}

// Replicas of another epoch wait until both have the same order.
std::optional<std::string> refusal_of_replica(const Node& node, failover::Epoch epoch) {
  const failover::Mandate* const mandate = node.mandate();
  if (mandate == nullptr) {
    if (epoch == 0) return std::nullopt;
    return "ERR this node is not managed, and its replica would be";
  }
  if (mandate->role() == failover::NodeRole::primary && mandate->epoch() == epoch) {
    return std::nullopt;
  }
  return fmt::format("STALEEPOCH this node is {} of epoch {}", name_of(mandate->role()),
                     mandate->epoch());
}

}  // namespace

void replicaof(Context& context) {
  const std::string_view host = context.arguments[1];
  if (context.node.mandate() != nullptr) {
    return context.reply.error("ERR this node is managed: its role comes by CACHEKIT.ROLE");
  }
  if (same_word(host, "NO") && same_word(context.arguments[2], "ONE")) {
    context.node.replication().promote();
    return context.reply.ok();
  }
  const auto port = parse_port(context.arguments[2]);
  if (!port || *port == 0) return context.reply.error("ERR Invalid master port");
  const auto address = parse_primary_address(host, context.arguments[2]);
  if (!address) {
    return context.reply.error("ERR the host must be a numeric address: names are not resolved");
  }
  context.node.replication().follow(*address);
  context.reply.ok();
}

void slaveof(Context& context) { replicaof(context); }

void role(Context& context) {
  const Replication& replication = context.node.replication();
  if (replication.primary()) return reply_replica_role(context, replication);
  reply_primary_role(context, replication);
}

// Answered by the session, once enough replicas have acknowledged or the time is over.
void wait(Context& context) {
  const auto replicas = parse_integer(context.arguments[1]);
  const auto timeout_ms = parse_integer(context.arguments[2]);
  Replication& replication = context.node.replication();
  if (replication.primary()) {
    return context.reply.error("ERR WAIT cannot be used with replica instances.");
  }
  if (!replicas) return context.reply.error(errors::not_an_integer);
  if (!timeout_ms) return context.reply.error("ERR timeout is not an integer or out of range");
  if (*timeout_ms < 0) return context.reply.error("ERR timeout is negative");
  const auto count = static_cast<std::int64_t>(replication.replicas_at(replication.offset()));
  if (count >= *replicas) return context.reply.integer(count);
  const std::int64_t now_ms = context.node.now().monotonic_ms;
  const std::int64_t end_ms = now_ms + std::min(*timeout_ms, longest_wait_ms);
  context.connection.wait = ReplicaWait{replication.offset(), static_cast<std::size_t>(*replicas),
                                        *timeout_ms == 0 ? 0 : end_ms, replication.link_version()};
  replication.ask_replicas();
}

void cachekit_staleness(Context& context) {
  const auto limit_ms = parse_integer(context.arguments[1]);
  if (!limit_ms) return context.reply.error(errors::not_an_integer);
  if (*limit_ms < 0) return context.reply.error("ERR the staleness is negative");
  context.connection.max_staleness_ms = *limit_ms;
  context.reply.ok();
}

// Before CACHEKIT.FOLLOW. By the run-id agents know a replica whose connections come from another
// address than its own.
void cachekit_replica(Context& context) {
  constexpr std::size_t longest = 64;
  const std::string_view run_id = context.arguments[1];
  if (run_id.empty() || run_id.size() > longest) {
    return context.reply.error("ERR a run-id has 1 to 64 characters");
  }
  context.connection.replica_run_id = run_id;
  context.reply.ok();
}

void cachekit_follow(Context& context) {
  const auto offset = parse_integer(context.arguments[2]);
  const auto port = parse_port(context.arguments[3]);
  const auto epoch = parse_integer(context.arguments[4]);
  if (!offset || *offset < 0 || !port || !epoch || *epoch < 0) {
    return context.reply.error(errors::not_an_integer);
  }
  if (const auto refusal = refusal_of_replica(context.node, static_cast<failover::Epoch>(*epoch))) {
    return context.reply.error(*refusal);
  }
  const std::string answer = context.node.replication().add_replica(
      context.connection, context.arguments[1], static_cast<replication::Offset>(*offset), *port);
  if (answer.starts_with('-')) return context.reply.error(std::string_view(answer).substr(1));
  context.reply.simple(std::string_view(answer).substr(1));
}

// Without a reply: what follows on the connection are changes.
void cachekit_ack(Context& context) {
  const auto offset = parse_integer(context.arguments[1]);
  const auto heartbeat_ms = parse_integer(context.arguments[2]);
  const auto unix_ms = parse_integer(context.arguments[3]);
  const auto memory = parse_integer(context.arguments[5]);
  const auto limit = parse_integer(context.arguments[6]);
  const auto is_count = [](const auto& number) { return number && *number >= 0; };
  if (!is_count(offset) || !is_count(heartbeat_ms) || !is_count(unix_ms) || !is_count(memory) ||
      !is_count(limit) || context.node.replication().replica(context.connection.id) == nullptr) {
    return context.reply.error("ERR this connection is none of a replica's");
  }
  context.node.replication().acknowledge(
      context.connection.id, {static_cast<replication::Offset>(*offset), *heartbeat_ms, *unix_ms,
                              context.arguments[4] == "1", static_cast<std::size_t>(*memory),
                              static_cast<std::size_t>(*limit)});
}

}  // namespace cachekit::node::commands
