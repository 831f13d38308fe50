// Numbers in groups of seven bits, lowest first; the high bit of a byte says that another follows.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cachekit::node::storage::varint {

/// Enough for 63 bits.
inline constexpr std::size_t max_bytes = 9;

constexpr std::size_t size(std::size_t value) {
  std::size_t bytes = 1;
  for (; value >= 128; value >>= 7) ++bytes;
  return bytes;
}

/// Returns where it ends.
inline char* write(char* to, std::size_t value) {
  for (; value >= 128; value >>= 7) *to++ = static_cast<char>(value | 128);
  *to++ = static_cast<char>(value);
  return to;
}

/// Writes the bytes in the opposite order, to be read from the end.
inline char* write_backwards(char* to, std::size_t value) {
  char* const end = to + size(value);
  char* at = end;
  for (; value >= 128; value >>= 7) *--at = static_cast<char>(value | 128);
  *--at = static_cast<char>(value);
  return end;
}

/// Returns where it ends.
inline const char* read(const char* at, std::size_t& value) {
  auto byte = static_cast<unsigned char>(*at++);
  value = byte & 127U;
  for (unsigned shift = 7; byte >= 128; shift += 7) {
    byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::size_t>(byte & 127U) << shift;
  }
  return at;
}

/// Reads what write_backwards() wrote before `end`, and returns where it starts.
inline const char* read_backwards(const char* end, std::size_t& value) {
  auto byte = static_cast<unsigned char>(*--end);
  value = byte & 127U;
  for (unsigned shift = 7; byte >= 128; shift += 7) {
    byte = static_cast<unsigned char>(*--end);
    value |= static_cast<std::size_t>(byte & 127U) << shift;
  }
  return end;
}

struct Checked {
  std::size_t value;
  std::size_t bytes;
};

/// The number that untrusted bytes start with; nothing if they do not, or not in its shortest form.
inline std::optional<Checked> read_checked(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < max_bytes; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<std::size_t>(byte & 127U) << (7 * i);
    if (byte >= 128) continue;
    if (byte == 0 && i > 0) return std::nullopt;
    return Checked{value, i + 1};
  }
  return std::nullopt;
}

/// Whether untrusted bytes that read_checked() refuses could be the beginning of a number.
inline bool is_beginning(std::string_view bytes) {
  if (bytes.size() >= max_bytes) return false;
  for (const char byte : bytes) {
    if (static_cast<unsigned char>(byte) < 128) return false;
  }
  return true;
}

}  // namespace cachekit::node::storage::varint
