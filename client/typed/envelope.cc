// The header:
//
//   0      2         3       4             5             9           13
//   ┌──────┬─────────┬───────┬─────────────┬─────────────┬───────────┬──────────────
//   │ C1 4B│ version │ codec │ compression │ size        │ check     │ encoding …
//   └──────┴─────────┴───────┴─────────────┴─────────────┴───────────┴──────────────
//
// Numbers are little-endian. C1 begins neither UTF-8 nor MessagePack. size: of the encoding before
// it is compressed. check: the lower half of XXH3-64 of bytes 0 to 8, xor that of bytes 13 to the
// end. It tells of accidents, and is none against forgers.

#include "cachekit/envelope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "client/typed/compression.h"
#include "protocol/key_hash.h"

namespace cachekit::envelope {
namespace {

constexpr std::string_view magic = "\xc1K";
constexpr std::uint8_t version = 1;
constexpr std::uint8_t not_compressed = 0;
constexpr std::uint8_t by_zstd = 1;

constexpr std::size_t version_at = 2;
constexpr std::size_t codec_at = 3;
constexpr std::size_t compression_at = 4;
constexpr std::size_t size_at = 5;
constexpr std::size_t check_at = 9;
static_assert(check_at + 4 == header_bytes);

tl::unexpected<Status> malformed(std::string sentence) {
  return tl::unexpected(Status(Code::malformed_value, std::move(sentence)));
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = (number << 8) | byte_at(bytes, at + i);
  return number;
}

void put_number(std::string& bytes, std::size_t at, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>((number >> (8 * i)) & 0xff);
}

std::uint32_t check_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(protocol::hash_bytes(bytes.substr(0, check_at)) ^
                                    protocol::hash_bytes(bytes.substr(header_bytes)));
}

void put_header(std::string& bytes, CodecId codec, std::uint8_t compression, std::size_t size) {
  std::memcpy(bytes.data(), magic.data(), magic.size());
  bytes[version_at] = static_cast<char>(version);
  bytes[codec_at] = static_cast<char>(codec);
  bytes[compression_at] = static_cast<char>(compression);
  put_number(bytes, size_at, static_cast<std::uint32_t>(size));
  put_number(bytes, check_at, check_of(bytes));
}

/// What the options allow, as far as a header can tell it.
std::size_t limit_of(const TypedOptions& options) {
  return std::min<std::size_t>(options.max_bytes, std::numeric_limits<std::uint32_t>::max());
}

std::string too_large(std::size_t size, const TypedOptions& options) {
  return fmt::format("the value takes {} bytes; the options allow {}", size, limit_of(options));
}

Result<Encoding> open_raw(std::string_view bytes, const TypedOptions& options) {
  if (!options.accept_raw) {
    return malformed("the value has no header, so it is none that was written with a type");
  }
  if (bytes.size() <= limit_of(options)) return Encoding(bytes);
  return tl::unexpected(Status(Code::limit_exceeded, too_large(bytes.size(), options)));
}

/// Only what is beyond doubt: the header is whole, and nothing has been changed since.
Result<void> check_header(std::string_view bytes, CodecId codec) {
  if (bytes.size() < header_bytes) {
    return malformed(fmt::format("the value ends within its header, after {} of {} bytes",
                                 bytes.size(), header_bytes));
  }
  if (byte_at(bytes, version_at) != version) {
    return malformed(fmt::format("the value's header is of version {}; this library reads {}",
                                 byte_at(bytes, version_at), version));
  }
  if (check_of(bytes) != number_at(bytes, check_at)) {
    return malformed("the value is not what was written: bytes of it are missing or have changed");
  }
  if (byte_at(bytes, codec_at) != codec) {
    return malformed(fmt::format("the value was written by codec {}; expected {}",
                                 byte_at(bytes, codec_at), codec));
  }
  return {};
}

}  // namespace

Result<std::string> seal(std::string bytes, CodecId codec, const TypedOptions& options) {
  const std::size_t size = bytes.size() - header_bytes;
  if (size > limit_of(options)) {
    return tl::unexpected(Status(Code::invalid_argument, too_large(size, options)));
  }
  if (options.compression_level < 1 || options.compression_level > 19) {
    return tl::unexpected(Status(
        Code::invalid_argument,
        fmt::format("the compression level is {}; expected 1 to 19", options.compression_level)));
  }
  if (size >= options.compress_from) {
    auto smaller = compression::compress(bytes, header_bytes, options.compression_level);
    if (smaller) {
      put_header(*smaller, codec, by_zstd, size);
      return *std::move(smaller);
    }
  }
  put_header(bytes, codec, not_compressed, size);
  return bytes;
}

Result<Encoding> open(std::string_view bytes, CodecId codec, const TypedOptions& options) {
  if (!bytes.starts_with(magic)) return open_raw(bytes, options);
  if (auto checked = check_header(bytes, codec); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  const std::size_t size = number_at(bytes, size_at);
  const std::string_view encoding = bytes.substr(header_bytes);
  if (size > limit_of(options)) {
    return tl::unexpected(Status(Code::limit_exceeded, too_large(size, options)));
  }
  switch (byte_at(bytes, compression_at)) {
    case not_compressed:
      if (encoding.size() == size) return Encoding(encoding);
      return malformed(fmt::format("the value has {} bytes behind its header, which tells of {}",
                                   encoding.size(), size));
    case by_zstd: {
      auto unpacked = compression::decompress(encoding, size);
      if (unpacked) return Encoding(*std::move(unpacked));
      return malformed(
          fmt::format("the value cannot be decompressed to the {} bytes that its "
                      "header tells of: {}",
                      size, unpacked.error()));
    }
    default:
      return malformed(
          fmt::format("the value is compressed in a way that this library does not "
                      "know: {}",
                      byte_at(bytes, compression_at)));
  }
}

}  // namespace cachekit::envelope
