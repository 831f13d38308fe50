// Passes every effect on to any number of subscribers, in the order in which they subscribed.
//
// The store has one sink; replication, tracking and statistics all listen. A subscriber must not
// change the store or the list of subscribers from within apply().

#pragma once

#include <algorithm>
#include <vector>

#include "node/storage/effect.h"

namespace cachekit::node {

class EffectFanout final : public storage::EffectSink {
 public:
  /// The subscriber must outlive the fanout or unsubscribe.
  void subscribe(storage::EffectSink& subscriber) { subscribers_.push_back(&subscriber); }

  void unsubscribe(storage::EffectSink& subscriber) { std::erase(subscribers_, &subscriber); }

  void apply(const storage::Effect& effect) override {
    for (storage::EffectSink* subscriber : subscribers_) subscriber->apply(effect);
  }
  void begin_group() override {
    for (storage::EffectSink* subscriber : subscribers_) subscriber->begin_group();
  }
  void end_group() override {
    for (storage::EffectSink* subscriber : subscribers_) subscriber->end_group();
  }
  bool wants_values() const override {
    return std::any_of(subscribers_.begin(), subscribers_.end(),
                       [](const auto* subscriber) { return subscriber->wants_values(); });
  }

 private:
  std::vector<storage::EffectSink*> subscribers_;
};

}  // namespace cachekit::node
