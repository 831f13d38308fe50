// zstd, as typed values need it. Any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cachekit::compression {

/// The same bytes with those behind the first `kept` compressed; nothing if that makes them no
/// smaller.
std::optional<std::string> compress(std::string_view bytes, std::size_t kept, int level);

/// Fails, with the reason, unless the bytes make exactly `size` bytes. Allocates no more than that.
tl::expected<std::string, std::string> decompress(std::string_view bytes, std::size_t size);

}  // namespace cachekit::compression
