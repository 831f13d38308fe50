// One in so many, by chance, and cheaply: a thread draws how many it skips, and counts them down.
//
// Thread rule: any thread; each has its own count.

#pragma once

#include <atomic>
#include <cstdint>

namespace cachekit::hotkeys {

/// `Purpose` tells the counts of different uses apart.
template <class Purpose, std::uint32_t one_in>
class Sampler {
 public:
  static constexpr double weight = one_in;

  /// True for one in `one_in` on average.
  static bool take() {
    State& state = state_;
    if (state.left > 1) {
      --state.left;
      return false;
    }
    return draw(state);
  }

 private:
  struct State {
    std::uint32_t left;  // until the next one; 0: not begun
    std::uint64_t random;
  };

  // Evenly between 1 and 2·one_in - 1, so that what repeats itself is not met in step. xorshift64*.
  [[gnu::noinline]] static bool draw(State& state) {
    const bool has_begun = state.left == 1;
    if (!has_begun) {
      static std::atomic<std::uint64_t> threads{0};
      state.random = 0x9e3779b97f4a7c15 * (threads.fetch_add(1, std::memory_order_relaxed) + 1);
    }
    state.random ^= state.random >> 12;
    state.random ^= state.random << 25;
    state.random ^= state.random >> 27;
    const std::uint64_t drawn = (state.random * 0x2545f4914f6cdd1d) >> 32;
    state.left =
        static_cast<std::uint32_t>(1 + drawn * (2 * one_in - 1) / (std::uint64_t{1} << 32));
    return has_begun;
  }

  static inline constinit thread_local State state_{};
};

}  // namespace cachekit::hotkeys
