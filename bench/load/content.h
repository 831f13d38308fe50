// The texts of keys, and the bytes of values: derived from the key, so that a GET can tell its own
// value from another's without keeping a copy.
//
// Thread rule: one thread at a time for each object.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cachekit::bench {

/// "key:" and the index, with zeros before it to make up the size; without "key:" where the size
/// leaves no room for it. The size must hold the digits of the index.
std::string key_text(std::uint64_t index, std::size_t size_bytes);

/// Digits of a decimal number.
std::size_t digits_of(std::uint64_t number);

class ValueMaker {
 public:
  /// The value of a key: 16 hexadecimal digits that the key decides, then filler. Shorter values
  /// hold the first digits only. Valid until the next call.
  std::string_view make(std::string_view key, std::size_t size_bytes);

  /// Whether a value is what make() gave for this key and the value's own size, judged by the
  /// digits.
  static bool belongs(std::string_view key, std::string_view value);

 private:
  std::string bytes_;
};

}  // namespace cachekit::bench
