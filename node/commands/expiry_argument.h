// Times as commands give them: in seconds or milliseconds, from now or from 1970.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/storage/effect.h"
#include "protocol/command_table.h"

namespace cachekit::node::commands {

struct TimeForm {
  std::int64_t unit_ms;
  bool from_now;
};

inline constexpr TimeForm seconds_from_now{1000, true};
inline constexpr TimeForm milliseconds_from_now{1, true};
inline constexpr TimeForm unix_seconds{1000, false};
inline constexpr TimeForm unix_milliseconds{1, false};

/// The absolute time, or the error to reply. For SET and its kin: the number must be positive.
tl::expected<storage::UnixMillis, std::string> parse_positive_time(
    std::string_view text, TimeForm form, storage::UnixMillis now,
    const protocol::CommandSpec& spec);

/// For EXPIRE and its kin: any number will do whose time can be told; before 1970 counts as 0.
tl::expected<storage::UnixMillis, std::string> parse_time(std::string_view text, TimeForm form,
                                                          storage::UnixMillis now,
                                                          const protocol::CommandSpec& spec);

}  // namespace cachekit::node::commands
