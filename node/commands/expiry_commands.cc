// Setting, reading and removing the expiry of a key.

#include <fmt/format.h>

#include <algorithm>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/expiry_argument.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::Lookup;
using storage::no_expiry;
using storage::UnixMillis;

struct ExpireConditions {
  bool absent = false;   // NX: only a key without an expiry
  bool present = false;  // XX: only a key with one
  bool greater = false;  // GT: only to a later one
  bool less = false;     // LT: only to an earlier one
};

tl::expected<ExpireConditions, std::string> parse_conditions(
    std::span<const std::string_view> words) {
  ExpireConditions conditions;
  for (const auto word : words) {
    if (same_word(word, "NX")) {
      conditions.absent = true;
    } else if (same_word(word, "XX")) {
      conditions.present = true;
    } else if (same_word(word, "GT")) {
      conditions.greater = true;
    } else if (same_word(word, "LT")) {
      conditions.less = true;
    } else {
      return tl::unexpected(fmt::format("ERR Unsupported option {}", word));
    }
  }
  if (conditions.absent && (conditions.present || conditions.greater || conditions.less)) {
    return tl::unexpected<std::string>(
        "ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (conditions.greater && conditions.less) {
    return tl::unexpected<std::string>("ERR GT and LT options at the same time are not compatible");
  }
  return conditions;
}

// A key without an expiry counts as one that expires last of all.
bool hold(const ExpireConditions& conditions, UnixMillis current, UnixMillis wanted) {
  const bool expires = current != no_expiry;
  if (conditions.absent && expires) return false;
  if (conditions.present && !expires) return false;
  if (conditions.greater && (!expires || wanted <= current)) return false;
  if (conditions.less && expires && wanted >= current) return false;
  return true;
}

void set_expiry(DataContext& context, TimeForm form) {
  const auto key = context.arguments[1];
  const auto conditions = parse_conditions(context.arguments.subspan(3));
  if (!conditions) return context.reply.error(conditions.error());
  const auto expire_at = parse_time(context.arguments[2], form, context.now, context.spec);
  if (!expire_at) return context.reply.error(expire_at.error());
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (!found || !hold(*conditions, found->expire_at, *expire_at)) {
    return context.reply.integer(0);
  }
  context.store.expire(key, *expire_at, context.now);
  context.reply.integer(1);
}

constexpr std::int64_t no_such_key = -2;
constexpr std::int64_t never_expires = -1;

// Rounded to the nearest. Adding half a unit first would overflow at the last expiry of all.
std::int64_t in_unit(std::int64_t milliseconds, TimeForm form) {
  const bool up = milliseconds % form.unit_ms * 2 >= form.unit_ms;
  return milliseconds / form.unit_ms + (up ? 1 : 0);
}

void reply_expiry(DataContext& context, TimeForm form) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::inspect);
  if (!found) return context.reply.integer(no_such_key);
  if (found->expire_at == no_expiry) return context.reply.integer(never_expires);
  const std::int64_t base = form.from_now ? context.now : 0;
  context.reply.integer(in_unit(found->expire_at - base, form));
}

}  // namespace

void expire(DataContext& context) { set_expiry(context, seconds_from_now); }

void pexpire(DataContext& context) { set_expiry(context, milliseconds_from_now); }

void expireat(DataContext& context) { set_expiry(context, unix_seconds); }

void pexpireat(DataContext& context) { set_expiry(context, unix_milliseconds); }

void ttl(DataContext& context) { reply_expiry(context, seconds_from_now); }

void pttl(DataContext& context) { reply_expiry(context, milliseconds_from_now); }

void expiretime(DataContext& context) { reply_expiry(context, unix_seconds); }

void pexpiretime(DataContext& context) { reply_expiry(context, unix_milliseconds); }

void persist(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  const bool expires = found && found->expire_at != no_expiry;
  if (expires) context.store.expire(key, no_expiry, context.now);
  context.reply.integer(expires ? 1 : 0);
}

}  // namespace cachekit::node::commands
