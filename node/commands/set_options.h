// The words behind SET's value and GETEX's key.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "node/commands/expiry_argument.h"

namespace cachekit::node::commands {

struct SetOptions {
  enum class Condition : std::uint8_t { none, absent, present, equal };

  struct Expiry {
    TimeForm form;
    std::string_view text;
  };

  Condition condition = Condition::none;
  std::string_view comparison;  ///< With Condition::equal: what the key must hold.
  bool get = false;
  bool keep_ttl = false;
  bool persist = false;
  std::optional<Expiry> expiry;
};

/// NX, XX, IFEQ value, GET, KEEPTTL, EX, PX, EXAT and PXAT. Nothing if they make no sense.
std::optional<SetOptions> parse_set_options(std::span<const std::string_view> words);

/// PERSIST, EX, PX, EXAT and PXAT. Nothing if they make no sense.
std::optional<SetOptions> parse_getex_options(std::span<const std::string_view> words);

}  // namespace cachekit::node::commands
