#include "bench/hit_ratio/near_replay.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "bench/hit_ratio/reference_policies.h"
#include "client/caching/near_store.h"

namespace cachekit::bench::hit_ratio {
namespace {

using caching::NearStore;

// Nothing expires, and the cluster does not change.
constexpr io::Time standstill{};
constexpr std::uint32_t layout = 1;

class NearCache {
 public:
  NearCache(const Trace& trace)
      : trace_(trace),
        values_(value_bytes(trace.largest_value_bytes)),
        store_(trace.spec.limit_bytes) {
    source_.serve_until(io::Time::max());
  }

  bool access(const Trace::Request& request) {
    const std::string& key = trace_.keys[request.key];
    if (store_.find(key, standstill, layout, [](caching::Entry&) {}) == caching::Found::hit)
      return true;
    const std::string_view value = std::string_view(values_).substr(0, request.size_bytes);
    store_.end_fill(store_.begin_fill(key, source_, layout), key, {.bytes = value}, standstill);
    return false;
  }

 private:
  const Trace& trace_;
  const std::string values_;
  NearStore store_;
  caching::Source source_;
};

template <class Cache>
Replay replay(const Trace& trace, Cache cache) {
  Replay replay;
  for (const Trace::Request& request : trace.requests) {
    ++replay.requests;
    if (!cache.access(request)) ++replay.misses;
  }
  return replay;
}

/// What glibc's malloc takes for an entry.
std::size_t entry_bytes(const Trace& trace, const Trace::Request& request) {
  const std::size_t bytes =
      sizeof(caching::Entry) + trace.keys[request.key].size() + request.size_bytes;
  return (bytes + 8 + 15) / 16 * 16;
}

std::size_t mean_entry_bytes(const Trace& trace) {
  std::size_t sum = 0;
  for (const Trace::Request& request : trace.requests) sum += entry_bytes(trace, request);
  return sum / std::max<std::size_t>(trace.requests.size(), 1);
}

template <class Policy>
class Sized {
 public:
  explicit Sized(const Trace& trace)
      : trace_(trace), policy_(trace.spec.limit_bytes, mean_entry_bytes(trace)) {}
  bool access(const Trace::Request& request) {
    return policy_.access(request.key, entry_bytes(trace_, request));
  }

 private:
  const Trace& trace_;
  Policy policy_;
};

}  // namespace

Replay replay_near(const Trace& trace, NearPolicy policy) {
  switch (policy) {
    case NearPolicy::near_cache: {
      NearCache cache(trace);
      return replay<NearCache&>(trace, cache);
    }
    case NearPolicy::lru:
      return replay(trace, Sized<LruPolicy>(trace));
    case NearPolicy::tiny_lfu:
      return replay(trace, Sized<TinyLfuPolicy>(trace));
  }
  return {};
}

}  // namespace cachekit::bench::hit_ratio
