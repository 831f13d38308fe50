// The requests that a connection sends in one go, written once; only the keys change. So the load
// costs a few nanoseconds a request, and one core of it is enough for one core of any server.
//
// A key is `key:`, zeros, and nine digits.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/compare/load_options.h"

namespace cachekit::bench::compare {

class RequestBatch {
 public:
  static constexpr std::size_t digits = 9;
  static constexpr std::size_t least_key_bytes = digits + 1;
  static constexpr std::uint64_t most_keys = 1'000'000'000;

  explicit RequestBatch(const LoadOptions& options);

  /// Writes the key of the request at `place`, which is below the depth.
  void set_key(std::size_t place, std::uint64_t key);

  /// The first requests.
  std::string_view bytes(std::size_t requests) const {
    return std::string_view(bytes_).substr(0, requests * request_bytes_);
  }

 private:
  std::string bytes_;
  std::size_t request_bytes_;
  std::size_t digits_at_;
  std::array<char, 3000> three_digits_{};  // of 000 to 999
};

}  // namespace cachekit::bench::compare
