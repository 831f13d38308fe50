// Finds the largest memory setting with which a server stays within a limit that it measures
// otherwise: what it takes from the system.
//
// Pure: settings out, measurements in. Each measurement is a whole replay, so few must do.

#pragma once

#include <cstddef>
#include <optional>

namespace cachekit::bench::hit_ratio {

class LimitSearch {
 public:
  /// Settings are multiples of `unit_bytes`; after `most_runs` the best so far is good enough.
  LimitSearch(std::size_t limit_bytes, std::size_t unit_bytes, int most_runs);

  /// What to try next; nothing at the end.
  std::optional<std::size_t> next() const;

  /// With this setting, which was next(), the server took so much.
  void note(std::size_t setting_bytes, std::size_t taken_bytes);

  /// The largest setting that stayed within the limit.
  std::optional<std::size_t> best() const { return fits_; }

 private:
  std::size_t rounded(std::size_t setting_bytes) const;

  std::size_t limit_;
  std::size_t unit_;
  int runs_left_;
  std::optional<std::size_t> last_;
  std::size_t last_taken_ = 0;
  std::optional<std::size_t> fits_;
  std::size_t fits_taken_ = 0;
  std::optional<std::size_t> exceeds_;  // the smallest known
};

}  // namespace cachekit::bench::hit_ratio
