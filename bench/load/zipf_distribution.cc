#include "bench/load/zipf_distribution.h"

#include <algorithm>
#include <cmath>

namespace cachekit::bench {
namespace {

// Below this the quotients of the two functions underneath lose digits; their series do not.
constexpr double series_below = 1e-8;

// (e^x - 1) / x
double expm1_ratio(double x) { return std::abs(x) < series_below ? 1 + x / 2 : std::expm1(x) / x; }

// log(1 + x) / x
double log1p_ratio(double x) { return std::abs(x) < series_below ? 1 - x / 2 : std::log1p(x) / x; }

}  // namespace

ZipfDistribution::ZipfDistribution(std::uint64_t count, double exponent)
    : count_(static_cast<double>(count)), exponent_(exponent) {
  hat_first_ = hat(1.5) - 1;
  hat_last_ = hat(count_ + 0.5);
  surely_accepted_ = 2 - inverse_hat(hat(2.5) - bar(2));
}

std::uint64_t ZipfDistribution::operator()(std::mt19937_64& random) const {
  std::uniform_real_distribution<double> uniform(hat_first_, hat_last_);
  while (true) {
    const double y = uniform(random);
    const double x = inverse_hat(y);
    const double k = std::clamp(std::round(x), 1.0, count_);
    if (k - x <= surely_accepted_ || y >= hat(k + 0.5) - bar(k)) {
      return static_cast<std::uint64_t>(k);
    }
  }
}

// (x^(1-s) - 1) / (1 - s), and log x for s = 1.
double ZipfDistribution::hat(double x) const {
  const double log_x = std::log(x);
  return log_x * expm1_ratio((1 - exponent_) * log_x);
}

double ZipfDistribution::inverse_hat(double y) const {
  // Rounding may take the argument just below the pole.
  const double argument = std::max(-1.0, y * (1 - exponent_));
  return std::exp(y * log1p_ratio(argument));
}

double ZipfDistribution::bar(double x) const { return std::exp(-exponent_ * std::log(x)); }

}  // namespace cachekit::bench
