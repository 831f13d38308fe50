#include "client/writing/options.h"

#include <fmt/format.h>

#include <string_view>

namespace cachekit::writing {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t most_writing_threads = 256;

std::string problem_with_time(std::string_view name, Milliseconds time, Milliseconds least) {
  if (time >= least && time <= longest_time) return {};
  return fmt::format("a write-behind was given a {} of {} ms; expected {} to {}", name,
                     time.count(), least.count(), longest_time.count());
}

}  // namespace

std::string problem_with(const WriteBehindOptions& options) {
  constexpr Milliseconds none{0};
  constexpr Milliseconds one{1};
  for (const std::string& problem :
       {problem_with_time("ttl", options.ttl, one), problem_with_time("delay", options.delay, none),
        problem_with_time("wait_for_room", options.wait_for_room, none),
        problem_with_time("first_pause", options.first_pause, one),
        problem_with_time("longest_pause", options.longest_pause, options.first_pause),
        problem_with_time("give_up_after", options.give_up_after, none),
        problem_with_time("flush_limit", options.flush_limit, none)}) {
    if (!problem.empty()) return problem;
  }
  if (options.batch == 0) return "a write-behind was given a batch of 0";
  if (options.max_keys == 0) return "a write-behind was given max_keys of 0";
  if (options.threads == 0 || options.threads > most_writing_threads) {
    return fmt::format("a write-behind was given {} threads; expected 1 to {}", options.threads,
                       most_writing_threads);
  }
  return {};
}

}  // namespace cachekit::writing
