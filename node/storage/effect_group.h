// Holds effects together for a scope: one command with several keys, or one transaction.

#pragma once

#include "node/storage/effect.h"

namespace cachekit::node::storage {

class EffectGroup {
 public:
  explicit EffectGroup(EffectSink& sink) : sink_(sink) { sink_.begin_group(); }
  ~EffectGroup() { sink_.end_group(); }

  EffectGroup(const EffectGroup&) = delete;
  EffectGroup& operator=(const EffectGroup&) = delete;

 private:
  EffectSink& sink_;
};

}  // namespace cachekit::node::storage
