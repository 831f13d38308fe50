// What all fuzzers need: a check that ends the program, and bytes without room behind them.

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

namespace cachekit::fuzz {

inline void require(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "{}\n", what);
  std::abort();
}

/// A copy in a block of exactly its size, so that the address sanitizer sees a read beyond it.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes) : block_(new char[bytes.size()]), size_(bytes.size()) {
    bytes.copy(block_.get(), size_);
  }

  std::string_view view() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

/// The first bytes of an input choose what is done with the rest. Nothing if it has too few.
struct ChoicesAndStream {
  std::string_view choices;
  std::string_view stream;
};

inline std::optional<ChoicesAndStream> divide(const std::uint8_t* data, std::size_t size,
                                              std::size_t choice_bytes) {
  if (size < choice_bytes) return std::nullopt;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  return ChoicesAndStream{input.substr(0, choice_bytes), input.substr(choice_bytes)};
}

}  // namespace cachekit::fuzz
