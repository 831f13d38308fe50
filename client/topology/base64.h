// Base64 as RFC 4648, section 4, has it, with padding. Pure.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cachekit::topology {

std::string to_base64(std::string_view bytes);

/// Nothing if this is no base64 with its padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace cachekit::topology
