// A blocking connection to a cache server that gets and sets in batches, in Redis's or memcached's
// protocol.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/status.h"

namespace cachekit::bench::hit_ratio {

enum class Protocol : std::uint8_t { resp, memcached };

struct KeyValue {
  std::string_view key;
  std::string_view value;
};

class CacheConnection {
 public:
  /// To 127.0.0.1. Fails with unavailable while nothing listens.
  static Result<CacheConnection> open(Protocol protocol, std::uint16_t port);

  CacheConnection(CacheConnection&& other) noexcept;
  CacheConnection& operator=(CacheConnection&&) = delete;
  ~CacheConnection();

  /// Does the server answer?
  Status ping();

  /// For each key: is it there?
  Result<std::vector<bool>> get(std::span<const std::string_view> keys);

  /// A set that the server refuses for its memory, or for the value's size, is no failure.
  Status set(std::span<const KeyValue> pairs);

 private:
  CacheConnection(Protocol protocol, int descriptor)
      : protocol_(protocol), descriptor_(descriptor) {}

  Result<bool> read_found();
  Status read_stored();
  Status send();
  Status receive();
  Result<std::string_view> read_line();
  Status skip(std::size_t bytes);

  Protocol protocol_;
  int descriptor_;
  std::string request_;
  std::string received_;
  std::size_t taken_ = 0;  // of received_
};

}  // namespace cachekit::bench::hit_ratio
