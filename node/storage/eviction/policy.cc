#include "node/storage/eviction/policy.h"

#include "node/storage/eviction/adaptive.h"
#include "node/storage/eviction/lfu.h"
#include "node/storage/eviction/lru.h"
#include "node/storage/eviction/s3fifo.h"

namespace cachekit::node::storage {

std::optional<std::uint8_t> EvictionPolicy::frequency(Handle /*handle*/) const {
  return std::nullopt;
}

bool EvictionPolicy::release_step(std::size_t /*bytes*/) { return false; }

std::unique_ptr<EvictionPolicy> make_eviction_policy(EvictionKind kind, Slots& slots,
                                                     std::uint64_t seed) {
  switch (kind) {
    case EvictionKind::lru:
      break;
    case EvictionKind::lfu:
      return std::make_unique<Lfu>(slots);
    case EvictionKind::s3fifo:
      return std::make_unique<S3Fifo>(slots);
    case EvictionKind::adaptive:
      return std::make_unique<Adaptive>(slots, seed);
  }
  return std::make_unique<Lru>(slots);
}

}  // namespace cachekit::node::storage
