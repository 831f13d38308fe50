// Counts effects by their cause, for INFO's expired_keys and evicted_keys.

#pragma once

#include <cstdint>

#include "node/storage/effect.h"

namespace cachekit::node {

class EffectCounter final : public storage::EffectSink {
 public:
  void apply(const storage::Effect& effect) override {
    ++changes_;
    if (effect.cause == storage::Effect::Cause::expired) ++expired_keys_;
    if (effect.cause == storage::Effect::Cause::evicted) ++evicted_keys_;
  }
  void begin_group() override {}
  void end_group() override {}
  bool wants_values() const override { return false; }

  std::uint64_t changes() const { return changes_; }
  std::uint64_t expired_keys() const { return expired_keys_; }
  std::uint64_t evicted_keys() const { return evicted_keys_; }
  void reset() { *this = EffectCounter(); }

 private:
  std::uint64_t changes_ = 0;
  std::uint64_t expired_keys_ = 0;
  std::uint64_t evicted_keys_ = 0;
};

}  // namespace cachekit::node
