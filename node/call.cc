#include "node/call.h"

#include <fmt/format.h>

#include "node/commands/errors.h"
#include "node/connection.h"
#include "node/node.h"
#include "node/staleness.h"
#include "node/text.h"

namespace cachekit::node {
namespace {

using protocol::CommandId;
using protocol::CommandSpec;

// How much of an unknown command, and of its arguments together, an error quotes; Redis's figure.
constexpr std::size_t max_quoted_bytes = 128;

std::string_view up_to_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string unknown_command(std::span<const std::string_view> arguments) {
  std::string quoted;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (quoted.size() >= max_quoted_bytes) break;
    const std::size_t room = max_quoted_bytes - quoted.size();
    quoted += fmt::format("'{}' ", up_to_nul(argument.substr(0, room)));
  }
  return fmt::format("ERR unknown command '{}', with args beginning with: {}",
                     up_to_nul(arguments[0].substr(0, max_quoted_bytes)), quoted);
}

std::string unknown_subcommand(const CommandSpec& spec, std::string_view name) {
  return fmt::format("ERR unknown subcommand '{}'. Try {} HELP.",
                     up_to_nul(name.substr(0, max_quoted_bytes)), spec.name);
}

std::string wrong_arity(std::string_view full_name) {
  return fmt::format("ERR wrong number of arguments for '{}' command", full_name);
}

// The size of a key that cannot be stored, if the call has one. No key that long is ever found.
std::optional<std::size_t> too_long_key(const CommandSpec& spec,
                                        std::span<const std::string_view> arguments) {
  if (spec.access != protocol::Access::write) return std::nullopt;
  // Most have one key, which is quickly found.
  const bool one_key = spec.first_key > 0 && spec.first_key == spec.last_key;
  const auto keys = one_key ? protocol::KeyRange{static_cast<std::size_t>(spec.first_key), 1}
                            : protocol::keys_of(spec, arguments);
  for (std::size_t i = 0; i < keys.count; ++i) {
    const std::size_t size = arguments[keys.first + i * keys.step].size();
    if (size > storage::longest_key_bytes) return size;
  }
  return std::nullopt;
}

// Whether the call may add to memory. Inside a transaction every command that is to be queued is
// refused when memory is full, so that the whole fails early; as in Redis.
bool may_need_memory(const Call& call, const Connection& connection) {
  if (call.spec->has(protocol::command_flag::denyoom)) return true;
  if (!connection.transaction.active()) return false;
  switch (call.spec->id) {
    case CommandId::exec:
      return connection.transaction.denies_oom();
    case CommandId::discard:
    case CommandId::multi:
    case CommandId::watch:
    case CommandId::quit:
    case CommandId::reset:
      return false;
    default:
      return true;
  }
}

// What changes the node's part in replication must not stand between two effects of one group, and
// nothing waits within a transaction.
bool is_about_replication(CommandId id) {
  switch (id) {
    case CommandId::cachekit_ack:
    case CommandId::cachekit_follow:
    case CommandId::cachekit_handover:
    case CommandId::cachekit_promise:
    case CommandId::cachekit_role:
    case CommandId::replicaof:
    case CommandId::slaveof:
    case CommandId::wait:
      return true;
    default:
      return false;
  }
}

bool has_keys(const Call& call) { return protocol::keys_of(*call.spec, call.arguments).count > 0; }

// A replica serves reads alone, and none before it has all keys.
std::optional<std::string> refusal_of_replica(const Call& call, const Node& node,
                                              const Connection& connection) {
  const auto& primary = node.replication().primary();
  if (!primary) return std::nullopt;
  const bool writes = may_write(call, connection);
  const bool is_exec = call.spec->id == CommandId::exec;
  if (primary->copying && (writes || is_exec || has_keys(call))) {
    return "LOADING the keys of the primary are being copied";
  }
  if (writes) return "READONLY You can't write against a read only replica.";
  return std::nullopt;
}

// A managed node serves what its order says, and a primary writes as long as it is sure to be one.
std::optional<std::string> refusal_of_mandate(const Call& call, const Node& node,
                                              const Connection& connection) {
  const failover::Mandate* const mandate = node.mandate();
  if (mandate == nullptr) return std::nullopt;
  const bool writes = may_write(call, connection);
  if (mandate->role() == failover::NodeRole::none) {
    const bool is_exec = call.spec->id == CommandId::exec;
    if (writes || is_exec || has_keys(call)) return "LOADING this node has no order yet";
  }
  return writes ? mandate->refusal_of_write(node.now().monotonic_ms) : std::nullopt;
}

// For connections that have said how old an answer may be.
std::optional<std::string> refusal_of_old_data(const Call& call, const Node& node,
                                               const Connection& connection) {
  if (!connection.max_staleness_ms || !has_keys(call)) return std::nullopt;
  const std::optional<std::int64_t> staleness = staleness_ms(node);
  if (staleness && *staleness <= *connection.max_staleness_ms) return std::nullopt;
  if (!staleness) return "MASTERDOWN this node has not heard its primary yet";
  return fmt::format("MASTERDOWN the data of this node may be {} ms old, more than {}", *staleness,
                     *connection.max_staleness_ms);
}

std::optional<std::string> refusal_for_want_of_replicas(const Call& call, const Node& node,
                                                        const Connection& connection) {
  const std::size_t least = node.settings().min_replicas_to_write;
  const std::int64_t most_lag_ms = node.settings().min_replicas_max_lag_s * 1000;
  if (least == 0 || most_lag_ms == 0 || node.mandate() != nullptr) return std::nullopt;
  if (node.replication().primary() || !may_write(call, connection)) return std::nullopt;
  if (node.replication().replicas_within(most_lag_ms) >= least) return std::nullopt;
  return "NOREPLICAS Not enough good replicas to write.";
}

// In RESP2 a subscriber could not tell other replies from messages.
std::optional<std::string> refusal_of_subscriber(const Call& call, const Connection& connection) {
  if (!connection.in_subscribe_mode()) return std::nullopt;
  switch (call.spec->id) {
    case CommandId::ping:
    case CommandId::psubscribe:
    case CommandId::punsubscribe:
    case CommandId::quit:
    case CommandId::reset:
    case CommandId::subscribe:
    case CommandId::unsubscribe:
      return std::nullopt;
    default:
      return fmt::format(
          "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
          "are "
          "allowed in this context",
          full_name_of(call));
  }
}

}  // namespace

bool may_write(const Call& call, const Connection& connection) {
  if (call.spec->access == protocol::Access::write) return true;
  return call.spec->id == CommandId::exec && connection.transaction.writes();
}

tl::expected<Call, std::string> resolve(const CommandSpec* spec,
                                        std::span<const std::string_view> arguments) {
  if (spec == nullptr) return tl::unexpected(unknown_command(arguments));
  if (!spec->accepts(arguments.size())) return tl::unexpected(wrong_arity(lower(spec->name)));
  if (const auto size = too_long_key(*spec, arguments)) {
    return tl::unexpected(fmt::format("ERR a key has {} bytes, more than {} cannot be stored",
                                      *size, storage::longest_key_bytes));
  }
  const Call call = resolved(*spec, arguments);
  if (arguments.size() < 2 || !has_subcommands(spec->id)) return call;
  if (call.subcommand == nullptr) return tl::unexpected(unknown_subcommand(*spec, arguments[1]));
  if (!call.subcommand->accepts(arguments.size())) {
    return tl::unexpected(wrong_arity(call.subcommand->full_name));
  }
  return call;
}

Call resolved(const CommandSpec& spec, std::span<const std::string_view> arguments) {
  const bool has_second = arguments.size() >= 2 && has_subcommands(spec.id);
  return {&spec, has_second ? find_subcommand(spec.id, arguments[1]) : nullptr, arguments};
}

std::optional<std::string> refusal_of(const Call& call, Node& node, const Connection& connection) {
  if (needs_authentication(node, connection) && !call.spec->has(protocol::command_flag::no_auth)) {
    return "NOAUTH Authentication required.";
  }
  if (connection.transaction.active() && is_about_replication(call.spec->id)) {
    return fmt::format("ERR {} is not allowed in transactions", full_name_of(call));
  }
  if (auto refusal = refusal_of_mandate(call, node, connection)) return refusal;
  if (auto refusal = refusal_of_replica(call, node, connection)) return refusal;
  if (auto refusal = refusal_of_old_data(call, node, connection)) return refusal;
  if (auto refusal = refusal_for_want_of_replicas(call, node, connection)) return refusal;
  if (auto refusal = refusal_of_subscriber(call, connection)) return refusal;
  if (node.settings().max_memory_bytes != 0 && may_need_memory(call, connection) &&
      !node.store().make_room(node.now().unix_ms)) {
    return std::string(commands::errors::out_of_memory);
  }
  return std::nullopt;
}

bool needs_authentication(const Node& node, const Connection& connection) {
  return !connection.authenticated && !node.settings().password.empty();
}

std::string full_name_of(const Call& call) {
  return call.subcommand != nullptr ? std::string(call.subcommand->full_name)
                                    : lower(call.spec->name);
}

}  // namespace cachekit::node
