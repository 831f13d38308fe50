// Memory of requests to be sent, which are gathered and sent again and again.

#pragma once

#include <cstddef>
#include <string>

namespace cachekit::io {

/// What a send buffer keeps for the next requests: so much in any case, and more only if the last
/// ones have filled a quarter of it.
inline constexpr std::size_t kept_send_buffer_bytes = std::size_t{256} << 10;
inline constexpr std::size_t most_kept_send_buffer_bytes = std::size_t{1} << 20;

/// Empties a buffer whose bytes have been sent.
inline void clear_sent(std::string& buffer) {
  const bool is_needed = buffer.size() >= buffer.capacity() / 4;
  const std::size_t kept = is_needed ? most_kept_send_buffer_bytes : kept_send_buffer_bytes;
  buffer.clear();
  if (buffer.capacity() > kept) buffer.shrink_to_fit();
}

}  // namespace cachekit::io
