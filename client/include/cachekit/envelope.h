// What stands before typed values, so that a reader knows what it has read: the codec, whether and
// how the bytes are compressed, how many they are, and a check. See typed.h; whoever writes a codec
// needs no more of this than CodecId.
//
// Pure functions; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cachekit/status.h"

namespace cachekit {

/// Tells the values of one codec from those of another. 128 to 255 are the users' own; the others
/// are cachekit's.
using CodecId = std::uint8_t;
inline constexpr CodecId bytes_codec = 0;
inline constexpr CodecId message_pack_codec = 1;
inline constexpr CodecId first_codec_of_users = 128;

/// How typed values are written and read.
struct TypedOptions {
  /// Values whose encoding is at least so many bytes are compressed with zstd, if that makes them
  /// smaller. SIZE_MAX: none. Any reader reads both.
  std::size_t compress_from = 1024;

  /// zstd's, 1 (fast) to 19 (small).
  int compression_level = 1;

  /// Bytes that a value may be encoded in before it is compressed. A larger one is not written, and
  /// not read: so a few bytes do not come to be gigabytes. The object itself may take many times
  /// as much: a MessagePack value has an element for each of its bytes at most.
  std::size_t max_bytes = std::size_t{64} << 20;

  /// Reads values without a header, as those that others have written, as what the codec makes of
  /// all their bytes. Off, they are malformed_value. Nothing checks them then.
  bool accept_raw = false;
};

namespace envelope {

/// Bytes that stand before the encoding.
inline constexpr std::size_t header_bytes = 13;

/// Writes the header over the first header_bytes of `bytes`, compresses what stands behind them if
/// the options say so, and answers with the whole. Fails with invalid_argument if it is too large
/// or the options make no sense.
Result<std::string> seal(std::string bytes, CodecId codec, const TypedOptions& options);

/// An encoding, in its own memory or in the bytes that it was read from.
class Encoding {
 public:
  explicit Encoding(std::string_view bytes) : bytes_(bytes) {}
  explicit Encoding(std::string unpacked) : unpacked_(std::move(unpacked)) {}

  std::string_view view() const { return unpacked_ ? std::string_view(*unpacked_) : bytes_; }

 private:
  std::string_view bytes_;
  std::optional<std::string> unpacked_;
};

/// What `codec` has written, which may lie in `bytes`. Fails with malformed_value if there is no
/// header, or one of another version, codec or compression, or if anything is missing or is not
/// what was written; and with limit_exceeded if it is too large.
Result<Encoding> open(std::string_view bytes, CodecId codec, const TypedOptions& options);

}  // namespace envelope
}  // namespace cachekit
