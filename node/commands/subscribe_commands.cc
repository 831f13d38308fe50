// SUBSCRIBE and its kin, as far as clients of RESP2 need them to hear of invalidations: there is
// one channel, and nobody publishes. Others are refused instead of being silent for ever: whoever
// subscribes to them expects messages.

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "node/commands/context.h"
#include "node/connection.h"
#include "node/node.h"

namespace cachekit::node::commands {
namespace {

using tracking::invalidation_channel;

// One answer for each channel: a message in RESP3. The count is what is subscribed to afterwards.
void answer_kind(Context& context, std::string_view kind) {
  context.reply.push(3);
  context.reply.bulk(kind);
}

void answer_count(Context& context) {
  context.reply.integer(context.connection.subscribed ? 1 : 0);
}

void answer(Context& context, std::string_view kind, std::string_view channel) {
  answer_kind(context, kind);
  context.reply.bulk(channel);
  answer_count(context);
}

void answer_without_channel(Context& context, std::string_view kind) {
  answer_kind(context, kind);
  context.reply.null();
  answer_count(context);
}

}  // namespace

void subscribe(Context& context) {
  const auto channels = context.arguments.subspan(1);
  const auto other = std::ranges::find_if(
      channels, [](std::string_view channel) { return channel != invalidation_channel; });
  if (other != channels.end()) {
    return context.reply.error(fmt::format(
        "ERR there is no publish/subscribe here but for the channel {}", invalidation_channel));
  }
  context.connection.subscribed = true;
  for (const std::string_view channel : channels) answer(context, "subscribe", channel);
}

void unsubscribe(Context& context) {
  Connection& connection = context.connection;
  const auto channels = context.arguments.subspan(1);
  if (channels.empty()) {
    if (!connection.subscribed) return answer_without_channel(context, "unsubscribe");
    connection.subscribed = false;
    return answer(context, "unsubscribe", invalidation_channel);
  }
  for (const std::string_view channel : channels) {
    if (channel == invalidation_channel) connection.subscribed = false;
    answer(context, "unsubscribe", channel);
  }
}

void psubscribe(Context& context) {
  context.reply.error(
      fmt::format("ERR there are no patterns of channels: only the channel {} can be subscribed to",
                  invalidation_channel));
}

void punsubscribe(Context& context) {
  const auto patterns = context.arguments.subspan(1);
  if (patterns.empty()) return answer_without_channel(context, "punsubscribe");
  for (const std::string_view pattern : patterns) answer(context, "punsubscribe", pattern);
}

}  // namespace cachekit::node::commands
