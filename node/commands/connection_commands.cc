// AUTH, ECHO, HELLO, PING, QUIT, RESET, SELECT: what a connection says about itself.

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "node/call.h"
#include "node/commands/authentication.h"
#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/connection.h"
#include "node/node.h"
#include "node/text.h"
#include "node/version.h"

namespace cachekit::node::commands {
namespace {

constexpr std::string_view hello_unauthenticated =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH "
    "<user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";

struct HelloOptions {
  std::optional<protocol::Version> version;
  std::optional<std::string_view> user;
  std::string_view password;
  std::optional<std::string_view> name;
};

// Nothing if it has answered an error.
std::optional<HelloOptions> read_hello(Context& context) {
  HelloOptions options;
  const auto arguments = context.arguments;
  if (arguments.size() == 1) return options;
  const auto version = parse_integer(arguments[1]);
  if (!version) {
    context.reply.error("ERR Protocol version is not an integer or out of range");
    return std::nullopt;
  }
  if (*version != 2 && *version != 3) {
    context.reply.error("NOPROTO unsupported protocol version");
    return std::nullopt;
  }
  options.version = static_cast<protocol::Version>(*version);
  for (std::size_t i = 2; i < arguments.size();) {
    const std::size_t values = arguments.size() - i - 1;
    if (same_word(arguments[i], "AUTH") && values >= 2) {
      options.user = arguments[i + 1];
      options.password = arguments[i + 2];
      i += 3;
    } else if (same_word(arguments[i], "SETNAME") && values >= 1) {
      options.name = arguments[i + 1];
      i += 2;
    } else {
      context.reply.error(fmt::format("ERR Syntax error in HELLO option '{}'", arguments[i]));
      return std::nullopt;
    }
    if (options.name && !is_plain_name(*options.name)) {
      context.reply.error(bad_client_name);
      return std::nullopt;
    }
  }
  return options;
}

void describe_node(Context& context) {
  protocol::ReplyWriter& reply = context.reply;
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(compatible_redis_version);
  reply.bulk("proto");
  reply.integer(static_cast<std::int64_t>(context.connection.version));
  reply.bulk("id");
  reply.integer(static_cast<std::int64_t>(context.connection.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk(context.node.replication().primary() ? "replica" : "master");
  reply.bulk("modules");
  reply.array(0);
}

}  // namespace

void auth(Context& context) {
  if (context.arguments.size() > 3) return context.reply.error(errors::syntax);
  const bool names_user = context.arguments.size() == 3;
  if (!names_user && context.node.settings().password.empty()) {
    return context.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?");
  }
  const std::string_view user = names_user ? context.arguments[1] : default_user;
  if (authenticate(context, user, context.arguments.back())) context.reply.ok();
}

void echo(Context& context) { context.reply.bulk(context.arguments[1]); }

void hello(Context& context) {
  const auto options = read_hello(context);
  if (!options) return;
  if (options->user && !authenticate(context, *options->user, options->password)) return;
  if (needs_authentication(context.node, context.connection)) {
    return context.reply.error(hello_unauthenticated);
  }
  if (options->name) context.connection.name = *options->name;
  if (options->version) {
    context.connection.version = *options->version;
    context.reply.set_version(*options->version);
  }
  describe_node(context);
}

void ping(Context& context) {
  if (context.arguments.size() > 2) {
    return context.reply.error("ERR wrong number of arguments for 'ping' command");
  }
  if (context.connection.in_subscribe_mode()) {
    context.reply.array(2);
    context.reply.bulk("pong");
    return context.reply.bulk(context.arguments.size() == 1 ? "" : context.arguments[1]);
  }
  if (context.arguments.size() == 1) return context.reply.simple("PONG");
  context.reply.bulk(context.arguments[1]);
}

void quit(Context& context) {
  context.connection.close = Close{"it said QUIT"};
  context.reply.ok();
}

void reset(Context& context) {
  Connection& connection = context.connection;
  connection.transaction.discard();
  context.node.tracking().stop(connection);
  connection.subscribed = false;
  connection.reply_mode = ReplyMode::on;
  connection.name.clear();
  connection.version = protocol::Version::resp2;
  connection.max_staleness_ms.reset();
  connection.authenticated = context.node.settings().password.empty();
  context.reply.simple("RESET");
}

// There is only database 0: keys of several databases would need a hash each on the ring.
void select(Context& context) {
  const auto index = parse_integer(context.arguments[1]);
  if (!index) return context.reply.error(errors::not_an_integer);
  using Limits = std::numeric_limits<std::int32_t>;
  if (*index < Limits::min() || *index > Limits::max()) {
    return context.reply.error(fmt::format(
        "ERR value is out of range, value must between {} and {}", Limits::min(), Limits::max()));
  }
  if (*index != 0) return context.reply.error("ERR DB index is out of range");
  context.reply.ok();
}

}  // namespace cachekit::node::commands
