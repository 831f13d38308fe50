#include "node/commands/expiry_argument.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using Time = tl::expected<storage::UnixMillis, std::string>;

std::optional<storage::UnixMillis> absolute_time(std::int64_t number, TimeForm form,
                                                 storage::UnixMillis now) {
  storage::UnixMillis time = 0;
  if (__builtin_mul_overflow(number, form.unit_ms, &time)) return std::nullopt;
  if (form.from_now && __builtin_add_overflow(time, now, &time)) return std::nullopt;
  return time;
}

Time parse_time_from(std::string_view text, std::int64_t least, TimeForm form,
                     storage::UnixMillis now, const protocol::CommandSpec& spec) {
  const std::optional<std::int64_t> number = parse_integer(text);
  if (!number) return tl::unexpected(std::string(errors::not_an_integer));
  const auto time = *number >= least ? absolute_time(*number, form, now) : std::nullopt;
  if (!time) {
    return tl::unexpected(fmt::format("ERR invalid expire time in '{}' command", lower(spec.name)));
  }
  return std::max<storage::UnixMillis>(*time, 0);
}

}  // namespace

Time parse_positive_time(std::string_view text, TimeForm form, storage::UnixMillis now,
                         const protocol::CommandSpec& spec) {
  return parse_time_from(text, 1, form, now, spec);
}

Time parse_time(std::string_view text, TimeForm form, storage::UnixMillis now,
                const protocol::CommandSpec& spec) {
  return parse_time_from(text, std::numeric_limits<std::int64_t>::min(), form, now, spec);
}

}  // namespace cachekit::node::commands
