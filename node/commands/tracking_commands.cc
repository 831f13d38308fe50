#include "node/commands/tracking_commands.h"

#include <string>
#include <string_view>
#include <vector>

#include "node/commands/errors.h"
#include "node/commands/tracking_options.h"
#include "node/connection.h"
#include "node/node.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

std::vector<std::string_view> flags_of(const tracking::ClientTracking& tracking) {
  std::vector<std::string_view> flags{tracking.on ? "on" : "off"};
  if (tracking.broadcast) flags.emplace_back("bcast");
  if (tracking.opt_in) flags.emplace_back("optin");
  if (tracking.opt_in && tracking.caching) flags.emplace_back("caching-yes");
  if (tracking.opt_out) flags.emplace_back("optout");
  if (tracking.opt_out && tracking.caching) flags.emplace_back("caching-no");
  if (tracking.no_loop) flags.emplace_back("noloop");
  if (tracking.broken_redirect) flags.emplace_back("broken_redirect");
  return flags;
}

}  // namespace

std::int64_t redirection_of(const Connection& connection) {
  const tracking::ClientTracking& tracking = connection.tracking;
  return tracking.on ? static_cast<std::int64_t>(tracking.redirect) : -1;
}

void client_tracking(Context& context) {
  const auto options =
      read_tracking_options(context.arguments.subspan(3), context.node.connections());
  if (!options) return context.reply.error(options.error());
  Connection& connection = context.connection;
  if (same_word(context.arguments[2], "OFF")) {
    context.node.tracking().stop(connection);
    return context.reply.ok();
  }
  if (!same_word(context.arguments[2], "ON")) return context.reply.error(errors::syntax);
  const std::string problem = problem_with(*options, connection.tracking);
  if (!problem.empty()) return context.reply.error(problem);
  context.node.tracking().start(connection, *options);
  context.reply.ok();
}

void client_caching(Context& context) {
  tracking::ClientTracking& tracking = context.connection.tracking;
  const std::string_view answer = context.arguments[2];
  if (!tracking.on) {
    return context.reply.error(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
        "OPTOUT mode enabled");
  }
  const bool yes = same_word(answer, "YES");
  if (!yes && !same_word(answer, "NO")) return context.reply.error(errors::syntax);
  if (yes && !tracking.opt_in) {
    return context.reply.error(
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (!yes && !tracking.opt_out) {
    return context.reply.error(
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  tracking.caching = true;
  context.reply.ok();
}

void client_getredir(Context& context) {
  context.reply.integer(redirection_of(context.connection));
}

void client_trackinginfo(Context& context) {
  const tracking::ClientTracking& tracking = context.connection.tracking;
  protocol::ReplyWriter& reply = context.reply;
  const auto flags = flags_of(tracking);
  reply.map(3);
  reply.bulk("flags");
  reply.set(flags.size());
  for (const std::string_view flag : flags) reply.bulk(flag);
  reply.bulk("redirect");
  reply.integer(redirection_of(context.connection));
  reply.bulk("prefixes");
  reply.array(tracking.prefixes.size());
  for (const std::string& prefix : tracking.prefixes) reply.bulk(prefix);
}

}  // namespace cachekit::node::commands
