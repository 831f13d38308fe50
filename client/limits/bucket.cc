#include "client/limits/bucket.h"

#include <algorithm>

#include "client/limits/number.h"

namespace cachekit::limits {

BucketVerdict take(std::int64_t permits, std::int64_t limit, Milliseconds window, Microseconds now,
                   std::optional<FullAt> state) {
  const FullAt each = FullAt(window) / limit;
  const FullAt whole = each * limit;
  // A clock that has gone back makes no bucket emptier than empty.
  const FullAt missing = std::clamp(state.value_or(now) - now, FullAt(0), whole);
  const FullAt missing_then = missing + each * permits;
  const auto ceil = [](FullAt time) { return std::chrono::ceil<Milliseconds>(time); };
  if (missing_then > whole) {
    return {.verdict = {.allowed = false,
                        .remaining = (whole - missing) / each,
                        .retry_after = ceil(missing_then - whole),
                        .reset_after = ceil(missing)}};
  }
  return {.verdict = {.allowed = true,
                      .remaining = (whole - missing_then) / each,
                      .reset_after = ceil(missing_then)},
          .full_at = now + missing_then,
          .expires = ceil(missing_then)};
}

std::string bucket_value(FullAt full_at) { return std::to_string(full_at.count()); }

std::optional<FullAt> read_bucket_value(std::string_view value) {
  const std::optional<std::int64_t> count = number_in(value);
  if (!count || *count <= 0) return std::nullopt;
  return FullAt(*count);
}

}  // namespace cachekit::limits
