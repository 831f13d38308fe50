#include "bench/load/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bench/load/text.h"

namespace cachekit::bench {
namespace {

constexpr std::chrono::milliseconds terminal_interval{1000};
constexpr std::chrono::milliseconds plain_interval{5000};
constexpr const char* clear_line = "\r\x1b[K";

struct Sums {
  std::uint64_t operations = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t errors = 0;
};

Sums sum_of(std::span<const LiveCounters> counters) {
  Sums sums;
  for (const LiveCounters& thread : counters) {
    sums.operations += thread.operations.load(std::memory_order_relaxed);
    sums.hits += thread.hits.load(std::memory_order_relaxed);
    sums.misses += thread.misses.load(std::memory_order_relaxed);
    sums.errors += thread.errors.load(std::memory_order_relaxed);
  }
  return sums;
}

std::string hits_text(const Sums& sums) {
  const std::uint64_t gets = sums.hits + sums.misses;
  if (gets == 0) return "";
  const double percent = 100.0 * static_cast<double>(sums.hits) / static_cast<double>(gets);
  return fmt::format("  hits {:.1f} %", percent);
}

}  // namespace

Progress::Progress(std::string phase, std::span<const LiveCounters> counters)
    : phase_(std::move(phase)), counters_(counters), terminal_(::isatty(STDERR_FILENO) == 1) {}

std::chrono::milliseconds Progress::interval() const {
  return terminal_ ? terminal_interval : plain_interval;
}

void Progress::show(std::chrono::duration<double> elapsed) {
  const Sums sums = sum_of(counters_);
  const double seconds = std::max(1e-3, elapsed.count() - shown_at_s_);
  const double rate = static_cast<double>(sums.operations - shown_operations_) / seconds;
  shown_at_s_ = elapsed.count();
  shown_operations_ = sums.operations;
  fmt::print(stderr, "{}{} {:4.0f} s  {:>11} ops/s{}  errors {}{}", terminal_ ? clear_line : "",
             phase_, elapsed.count(), with_commas(static_cast<std::uint64_t>(rate)),
             hits_text(sums), with_commas(sums.errors), terminal_ ? "" : "\n");
  std::fflush(stderr);
}

void Progress::finish() {
  if (!terminal_) return;
  fmt::print(stderr, "{}", clear_line);
  std::fflush(stderr);
}

}  // namespace cachekit::bench
