// An array of values in the place of a cache: the key's last digits are the place of its value. No
// hash, no comparison of keys, no allocation, no expiry, no order of use, and no prefetching.

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "bench/compare/request_batch.h"

namespace cachekit::bench::compare {

class ValueArray {
 public:
  ValueArray(std::size_t keys, std::size_t value_bytes)
      : header_(fmt::format("${}\r\n", value_bytes)),
        value_bytes_(value_bytes),
        reply_bytes_(header_.size() + value_bytes + crlf_bytes),
        keys_(keys) {
    const std::string reply = header_ + std::string(value_bytes, 'x') + "\r\n";
    replies_.reserve(keys * reply_bytes_);
    for (std::size_t i = 0; i < keys; ++i) replies_ += reply;
  }

  /// The reply to the GET that ends where `received` does.
  std::string_view reply_to(std::string_view received) const {
    const std::size_t place = place_of_key(received, crlf_bytes);
    return std::string_view(replies_).substr(place * reply_bytes_, reply_bytes_);
  }

  /// Keeps the value of the SET that ends where `received` does. One that has come in two parts is
  /// too seldom to be worth keeping the first.
  void store(std::string_view received) {
    const std::size_t behind_key = crlf_bytes + header_.size() + value_bytes_ + crlf_bytes;
    if (received.size() < behind_key + RequestBatch::digits) return;
    const std::string_view value =
        received.substr(received.size() - crlf_bytes - value_bytes_, value_bytes_);
    char* const reply = replies_.data() + place_of_key(received, behind_key) * reply_bytes_;
    std::memcpy(reply + header_.size(), value.data(), value.size());
  }

 private:
  static constexpr std::size_t crlf_bytes = 2;

  // The key ends so many bytes before the end. 0 if its digits are not all there.
  std::size_t place_of_key(std::string_view received, std::size_t behind) const {
    if (received.size() < behind + RequestBatch::digits) return 0;
    std::size_t number = 0;
    const std::size_t first = received.size() - behind - RequestBatch::digits;
    for (const char digit : received.substr(first, RequestBatch::digits)) {
      number = number * 10 + static_cast<unsigned char>(digit - '0');
    }
    return number % keys_;
  }

  std::string header_;
  std::size_t value_bytes_;
  std::size_t reply_bytes_;
  std::size_t keys_;
  std::string replies_;
};

}  // namespace cachekit::bench::compare
