// Counts the replies in what a connection receives, by their first two bytes and the size that
// they must have: all values of a run are equally long.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/compare/load_options.h"

namespace cachekit::bench::compare {

class ReplyCounter {
 public:
  explicit ReplyCounter(const LoadOptions& options);

  struct Count {
    std::size_t replies = 0;
    std::size_t misses = 0;
  };

  /// The replies that these bytes complete. Once one is neither a hit, a miss nor a success,
  /// `failure()` tells it and the rest is not looked at.
  Count count(std::string_view bytes);

  const std::string& failure() const { return failure_; }

 private:
  struct Kind {
    std::size_t size = 0;  // 0: an error
    bool miss = false;
  };

  Kind kind_of(char first, char second) const;

  Protocol protocol_;
  std::size_t hit_bytes_;
  std::size_t to_skip_ = 0;
  bool has_first_ = false;  // the first byte of a reply came at the very end
  char first_ = 0;
  std::string failure_;
};

}  // namespace cachekit::bench::compare
