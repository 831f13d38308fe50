#include "bench/hit_ratio/in_process.h"

#include <string>

#include "node/storage/store.h"

namespace cachekit::bench::hit_ratio {
namespace {

using namespace node::storage;

// Nothing expires.
constexpr UnixMillis no_time = 1'000'000;

class NoSink final : public EffectSink {
 public:
  void apply(const Effect& /*effect*/) override {}
  void begin_group() override {}
  void end_group() override {}
};

}  // namespace

Replay replay_in_process(const Trace& trace, EvictionKind kind) {
  NoSink sink;
  Store store(
      {.max_memory_bytes = trace.spec.limit_bytes, .eviction = {.kind = kind, .evicts = true}},
      sink);
  const std::string bytes = value_bytes(trace.largest_value_bytes);
  Replay replay;
  for (const auto& [key, size_bytes] : trace.requests) {
    ++replay.requests;
    if (store.find(trace.keys[key], no_time, Lookup::read)) continue;
    ++replay.misses;
    // A value larger than the whole store is refused, and missed again next time.
    static_cast<void>(store.set(trace.keys[key], std::string_view(bytes).substr(0, size_bytes),
                                no_expiry, no_time));
  }
  return replay;
}

}  // namespace cachekit::bench::hit_ratio
