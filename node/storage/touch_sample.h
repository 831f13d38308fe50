// A bounded sample of the keys that readers use, for a second store that is to know them by it.
//
// Every n-th use is taken. n follows the traffic, so that what is taken over one period just fits.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "node/storage/collections/varint.h"

namespace cachekit::node::storage {

class TouchSample {
 public:
  /// Of keys, in one period.
  static constexpr std::size_t most_bytes = std::size_t{16} << 10;

  void note(std::string_view key) {
    if (--until_next_ > 0) return;
    until_next_ = interval_;
    if (keys_.size() + key.size() <= most_bytes) {
      append(key);
    } else {
      overflowed_ = true;
    }
  }

  /// The keys since the last call, each after its length, a varint.
  std::string take() {
    if (overflowed_) interval_ = std::min(interval_ * 2, most_interval);
    if (!overflowed_ && keys_.size() < most_bytes / 4) {
      interval_ = std::max(interval_ / 2, std::size_t{1});
    }
    overflowed_ = false;
    return std::exchange(keys_, {});
  }

 private:
  static constexpr std::size_t most_interval = std::size_t{1} << 16;

  void append(std::string_view key) {
    std::array<char, varint::max_bytes> length;
    keys_.append(length.data(), varint::write(length.data(), key.size()));
    keys_.append(key);
  }

  std::string keys_;
  std::size_t interval_ = 1;
  std::size_t until_next_ = 1;
  bool overflowed_ = false;
};

}  // namespace cachekit::node::storage
