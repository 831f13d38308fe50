#include "client/routing/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "client/api/refuse.h"

namespace cachekit::routing {
namespace {

using protocol::CommandId;
using protocol::CommandSpec;

/// Commands after which a connection is no longer like all others, or that answer more or less
/// than once. Unknown ones stand here by name, those of the table as well.
constexpr std::array<std::string_view, 22> connection_commands = {
    "AUTH",       "HELLO",        "SELECT",     "QUIT",         "RESET",     "MULTI",
    "EXEC",       "DISCARD",      "WATCH",      "UNWATCH",      "SUBSCRIBE", "UNSUBSCRIBE",
    "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR",   "SYNC",
    "PSYNC",      "READONLY",     "READWRITE",  "ASKING"};

/// Commands of other servers whose first argument is no key.
constexpr std::array<std::string_view, 34> keys_elsewhere = {
    "ACL",        "BITOP",    "BLMPOP",     "BZMPOP",     "CLUSTER",  "DEBUG",    "EVAL",
    "EVAL_RO",    "EVALSHA",  "EVALSHA_RO", "FCALL",      "FCALL_RO", "FUNCTION", "LATENCY",
    "LMPOP",      "MEMORY",   "MIGRATE",    "MODULE",     "OBJECT",   "PUBLISH",  "REPLICAOF",
    "SCRIPT",     "SHUTDOWN", "SINTERCARD", "SLAVEOF",    "SLOWLOG",  "WAIT",     "XREAD",
    "XREADGROUP", "ZDIFF",    "ZINTER",     "ZINTERCARD", "ZMPOP",    "ZUNION"};

constexpr std::array<std::string_view, 4> client_subcommands = {"REPLY", "TRACKING", "CACHING",
                                                                "NO-TOUCH"};

std::string in_capitals(std::string_view word) {
  std::string capitals(word);
  for (char& c : capitals) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return capitals;
}

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), in_capitals(name)) != names.end();
}

bool changes_connection(const Request& request, const CommandSpec* spec) {
  if (spec != nullptr && spec->id == CommandId::client) {
    return request.size() > 1 && contains(client_subcommands, request[1]);
  }
  const bool touches_data = spec != nullptr && (spec->access == protocol::Access::read ||
                                                spec->access == protocol::Access::write);
  return !touches_data && contains(connection_commands, request[0]);
}

std::vector<std::string_view> words_of(const Request& request) {
  std::vector<std::string_view> words;
  words.reserve(request.size());
  for (std::size_t i = 0; i < request.size(); ++i) words.push_back(request[i]);
  return words;
}

protocol::Retry retry_of(const Request& request, const CommandSpec& spec) {
  if (spec.id != CommandId::set || request.size() <= 3) return spec.retry;
  return protocol::retry_class(spec, words_of(request));
}

/// Only SINTERCARD has keys that the number of its words does not tell.
protocol::KeyRange keys_of(const Request& request, const CommandSpec& spec) {
  if (spec.id != CommandId::sintercard) return protocol::keys_of(spec, request.size());
  return protocol::keys_of(spec, words_of(request));
}

}  // namespace

Result<Route> route_to_node(const Request& request) {
  if (!request.problem().empty()) return refuse(request.problem());
  if (request.size() == 0) return refuse("a command needs at least its name");
  Route route;
  route.spec = protocol::find_command(request[0]);
  if (changes_connection(request, route.spec)) {
    return refuse(fmt::format(
        "{} would change the state of a connection, and connections are shared by all calls",
        request[0]));
  }
  if (route.spec == nullptr) {
    const bool has_key = request.size() > 1 && !contains(keys_elsewhere, request[0]);
    if (has_key) route.keys = {.first = 1, .count = 1, .step = 1};
    return route;
  }
  route.keys = keys_of(request, *route.spec);
  route.retry = retry_of(request, *route.spec);
  route.writes = route.retry != protocol::Retry::read;
  return route;
}

Result<Route> route_by_keys(const Request& request) {
  Result<Route> route = route_to_node(request);
  if (!route || route->keys.count > 0) return route;
  const bool could_have_keys = route->spec != nullptr && route->spec->first_key > 0;
  if (could_have_keys) return refuse(fmt::format("{} needs at least one key", request[0]));
  return refuse(fmt::format(
      "{} names no key, so no shard is its own; send it to a node with command_on", request[0]));
}

}  // namespace cachekit::routing
