// The header:
//
//   0      2         3      4         12         20          24       28      32
//   ┌──────┬─────────┬──────┬─────────┬──────────┬───────────┬────────┬───────┬────────
//   │ C1 4C│ version │ kind │ expires │ lifetime │ load time │ random │ check │ body …
//   └──────┴─────────┴──────┴─────────┴──────────┴───────────┴────────┴───────┴────────
//
// Numbers are little-endian; times in ms, the load time in µs. C1 begins neither UTF-8 nor
// MessagePack, and C1 4B is the header of typed values. check: the lower half of XXH3-64 of bytes 0
// to 27, xor that of the body. It tells of accidents, and is none against forgers.

#include "client/loading/entry.h"

#include <algorithm>

#include "protocol/key_hash.h"

namespace cachekit::loading {
namespace {

constexpr std::string_view magic = "\xc1L";
constexpr std::uint8_t version = 1;

constexpr std::uint8_t value_kind = 0;
constexpr std::uint8_t absent_kind = 1;
constexpr std::uint8_t lease_kind = 2;

constexpr std::size_t version_at = 2;
constexpr std::size_t kind_at = 3;
constexpr std::size_t expires_at = 4;
constexpr std::size_t lifetime_at = 12;
constexpr std::size_t load_time_at = 20;
constexpr std::size_t random_at = 24;
constexpr std::size_t check_at = 28;
static_assert(check_at + 4 == entry_header_bytes);

constexpr Microseconds longest_load_time = std::chrono::hours(1);

/// A later time in ms is none that anybody writes; with this one can be reckoned without overflow.
constexpr std::uint64_t latest = std::uint64_t{1} << 50;

void put(std::string& bytes, std::size_t at, std::size_t size, std::uint64_t number) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes[at + i] = static_cast<char>((number >> (8 * i)) & 0xff);
  }
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i-- > 0;) {
    number = (number << 8) | static_cast<std::uint8_t>(bytes[at + i]);
  }
  return number;
}

std::uint32_t check_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(protocol::hash_bytes(bytes.substr(0, check_at)) ^
                                    protocol::hash_bytes(bytes.substr(entry_header_bytes)));
}

std::uint8_t code_of(Kind kind) {
  if (kind == Kind::absent) return absent_kind;
  return kind == Kind::lease ? lease_kind : value_kind;
}

Kind kind_of(std::uint64_t code) {
  switch (code) {
    case value_kind:
      return Kind::value;
    case absent_kind:
      return Kind::absent;
    case lease_kind:
      return Kind::lease;
    default:
      return Kind::damaged;
  }
}

}  // namespace

std::string entry_bytes(const Entry& entry, std::uint32_t random) {
  std::string bytes;
  bytes.reserve(entry_header_bytes + entry.body.size());
  bytes.assign(entry_header_bytes, '\0').replace(0, magic.size(), magic).append(entry.body);
  const Microseconds load_time = std::clamp(entry.load_time, Microseconds(0), longest_load_time);
  put(bytes, version_at, 1, version);
  put(bytes, kind_at, 1, code_of(entry.kind));
  put(bytes, expires_at, 8, static_cast<std::uint64_t>(entry.expires.count()));
  put(bytes, lifetime_at, 8, static_cast<std::uint64_t>(entry.lifetime.count()));
  put(bytes, load_time_at, 4, static_cast<std::uint64_t>(load_time.count()));
  put(bytes, random_at, 4, random);
  put(bytes, check_at, 4, check_of(bytes));
  return bytes;
}

Entry read_entry(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return {.kind = Kind::raw, .body = bytes};
  if (bytes.size() < entry_header_bytes || number_at(bytes, version_at, 1) != version ||
      number_at(bytes, check_at, 4) != check_of(bytes)) {
    return {.kind = Kind::damaged};
  }
  const std::uint64_t expires = number_at(bytes, expires_at, 8);
  const std::uint64_t lifetime = number_at(bytes, lifetime_at, 8);
  if (expires > latest || lifetime > latest) return {.kind = Kind::damaged};
  const Microseconds load_time(static_cast<std::int64_t>(number_at(bytes, load_time_at, 4)));
  return {.kind = kind_of(number_at(bytes, kind_at, 1)),
          .expires = Time(static_cast<std::int64_t>(expires)),
          .lifetime = Milliseconds(static_cast<std::int64_t>(lifetime)),
          .load_time = std::min(load_time, longest_load_time),
          .body = bytes.substr(entry_header_bytes)};
}

}  // namespace cachekit::loading
