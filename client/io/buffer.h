// Memory of bytes to be sent, which are gathered and sent again and again.

#pragma once

#include <cstddef>
#include <string>

namespace cachekit::io {

/// What a buffer keeps for the next bytes: so much in any case, and more only while it is used.
inline constexpr std::size_t kept_bytes = std::size_t{256} << 10;
inline constexpr std::size_t most_kept_bytes = std::size_t{4} << 20;

/// Empties a buffer whose bytes have been sent.
inline void clear_sent(std::string& buffer) {
  const bool is_used =
      buffer.capacity() <= most_kept_bytes && buffer.size() >= buffer.capacity() / 4;
  buffer.clear();
  if (buffer.capacity() > kept_bytes && !is_used) buffer.shrink_to_fit();
}

}  // namespace cachekit::io
