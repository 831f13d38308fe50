// A bucket of tokens, held as the time at which it will be full: the generic cell rate algorithm.
// Pure.
//
// A token takes `window / limit` to come back. To take n is to put off the time at which the bucket
// is full by n such times; it may be put off by one window at most. The key's value is that time,
// by the server's clock, and the key expires when it has come: where there is none, the bucket is
// full.
//
// Invariant: the time only grows, so a value that is found again means the same bucket.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/limits/windows.h"

namespace cachekit::limits {

/// Unix time of the server's clock.
using FullAt = std::chrono::nanoseconds;

struct BucketVerdict {
  Verdict verdict;
  FullAt full_at{0};        ///< To be written if it is allowed.
  Milliseconds expires{0};  ///< So long after `now`.
};

/// No state: the bucket is full. limit: at most one a microsecond.
BucketVerdict take(std::int64_t permits, std::int64_t limit, Milliseconds window, Microseconds now,
                   std::optional<FullAt> state);

/// The key's value, and back; none if nobody can have written that.
std::string bucket_value(FullAt full_at);
std::optional<FullAt> read_bucket_value(std::string_view value);

}  // namespace cachekit::limits
