#include "client/loading/freshness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace cachekit::loading {
namespace {

constexpr Milliseconds longest = std::chrono::hours(24 * 365);
constexpr Milliseconds shortest_lease{10};
constexpr std::size_t most_threads = 256;
constexpr std::size_t longest_queue = std::size_t{1} << 20;

bool is_ahead(const Entry& entry, double share, Milliseconds left) {
  if (share <= 0) return false;
  const double gone = static_cast<double>((entry.lifetime - left).count());
  return gone >= share * static_cast<double>(entry.lifetime.count());
}

bool is_time(Milliseconds time, Milliseconds least) { return time >= least && time <= longest; }

bool is_share(double share) { return share >= 0 && share < 1; }

}  // namespace

bool is_chosen_early(Microseconds load_time, double beta, Milliseconds left, double uniform) {
  const double ahead_us = static_cast<double>(load_time.count()) * beta * -std::log(uniform);
  return ahead_us > 0 && ahead_us >= static_cast<double>(Microseconds(left).count());
}

Verdict judge(const Entry& entry, const LoaderOptions& options, Time now, double uniform) {
  switch (entry.kind) {
    case Kind::raw:
      return Verdict::serve;
    case Kind::lease:
      return Verdict::await;
    case Kind::nothing:
    case Kind::damaged:
      return Verdict::fill;
    case Kind::value:
    case Kind::absent:
      break;
  }
  const Milliseconds left = entry.expires - now;
  if (left <= Milliseconds(0)) {
    return -left < options.stale_while_revalidate ? Verdict::revalidate : Verdict::replace;
  }
  if (is_chosen_early(entry.load_time, options.early_refresh_beta, left, uniform)) {
    return Verdict::refresh_early;
  }
  return is_ahead(entry, options.refresh_ahead, left) ? Verdict::refresh_ahead : Verdict::serve;
}

bool is_better_than_failure(const Entry& entry, const LoaderOptions& options, Time now) {
  if (entry.kind != Kind::value && entry.kind != Kind::absent) return false;
  return now - entry.expires < stale_time(options);
}

Milliseconds jittered(Milliseconds ttl, double jitter, double uniform) {
  const double cut = static_cast<double>(ttl.count()) * jitter * uniform;
  return std::max(ttl - Milliseconds(static_cast<std::int64_t>(cut)), Milliseconds(1));
}

Milliseconds stale_time(const LoaderOptions& options) {
  return std::max(options.stale_while_revalidate, options.stale_if_error);
}

std::string problem_with(const LoaderOptions& options) {
  const auto no_time = [](std::string_view what, Milliseconds time, Milliseconds least) {
    return fmt::format("a loader was given a {} of {} ms; expected {} to {}", what, time.count(),
                       least.count(), longest.count());
  };
  constexpr Milliseconds none{0};
  if (!is_time(options.ttl, Milliseconds(1))) return no_time("ttl", options.ttl, Milliseconds(1));
  if (!is_time(options.absent_ttl, none)) return no_time("absent_ttl", options.absent_ttl, none);
  if (!is_time(options.wait, none)) return no_time("wait", options.wait, none);
  if (options.lease != none && !is_time(options.lease, shortest_lease)) {
    return no_time("lease", options.lease, shortest_lease) + ", or 0";
  }
  if (!is_time(options.stale_while_revalidate, none)) {
    return no_time("stale_while_revalidate", options.stale_while_revalidate, none);
  }
  if (!is_time(options.stale_if_error, none)) {
    return no_time("stale_if_error", options.stale_if_error, none);
  }
  if (!is_share(options.ttl_jitter)) {
    return fmt::format("a loader was given a ttl_jitter of {}; expected 0 to below 1",
                       options.ttl_jitter);
  }
  if (!is_share(options.refresh_ahead)) {
    return fmt::format("a loader was given a refresh_ahead of {}; expected 0 to below 1",
                       options.refresh_ahead);
  }
  if (!(options.early_refresh_beta >= 0) || !std::isfinite(options.early_refresh_beta)) {
    return fmt::format("a loader was given an early_refresh_beta of {}; expected 0 or more",
                       options.early_refresh_beta);
  }
  if (options.refresh_ahead > 0 && options.refresh_threads == 0) {
    return "a loader was told to refresh ahead, and was given no refresh_threads to do so";
  }
  if (options.refresh_threads > most_threads) {
    return fmt::format("a loader was given {} refresh_threads; expected {} at most",
                       options.refresh_threads, most_threads);
  }
  if (options.refresh_queue > longest_queue) {
    return fmt::format("a loader was given a refresh_queue of {}; expected {} at most",
                       options.refresh_queue, longest_queue);
  }
  return {};
}

}  // namespace cachekit::loading
