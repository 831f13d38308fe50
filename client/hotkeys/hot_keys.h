// The hot keys of one client: samples of what its threads ask for, counted in one sketch.
//
// A thread never waits for the sketch: what it would have to wait for is counted as unseen, and
// raises the rates of all keys.
//
// Thread rule: any thread.

#pragma once

#include <atomic>
#include <mutex>
#include <string_view>
#include <vector>

#include "cachekit/hot_keys.h"
#include "client/hotkeys/hot_set.h"
#include "client/hotkeys/sampler.h"
#include "client/hotkeys/top_keys.h"
#include "protocol/key_hash.h"

namespace cachekit::hotkeys {

class HotKeys {
 public:
  static constexpr std::size_t most_keys = 256;

  /// Longer keys are not looked at: they would take too much memory.
  static constexpr std::size_t longest_key_bytes = 1024;

  explicit HotKeys(const HotKeyOptions& options);

  /// A key of a command that is sent to a node.
  void note_call(std::string_view key, bool writes, Time now) {
    if (CallSampler::take())
      add(key, writes ? 0 : CallSampler::weight, writes ? CallSampler::weight : 0, now);
  }

  /// A read that the near-cache answers.
  void note_near_hit(std::string_view key, Time now) {
    if (NearSampler::take()) add(key, NearSampler::weight, 0, now);
  }

  /// Whether it is read often enough to be read from all nodes, as of a moment ago.
  bool is_hot(std::string_view key) const { return hot_.contains(protocol::hash_bytes(key)); }

  /// Locks; others go on meanwhile unseen.
  std::vector<HotKey> top(Time now) const;

 private:
  struct Calls;
  struct NearHits;
  using CallSampler = Sampler<Calls, 32>;
  using NearSampler = Sampler<NearHits, 64>;

  void add(std::string_view key, double reads, double writes, Time now);
  void look_for_hot(Time now);

  const HotKeyOptions options_;
  HotSet hot_;
  std::atomic<double> unseen_{0};

  mutable std::mutex mutex_;
  TopKeys keys_;
  Time look_at_{};
};

}  // namespace cachekit::hotkeys
