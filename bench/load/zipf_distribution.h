// Numbers 1 to n, where k comes with a probability proportional to 1/k^s.
//
// Rejection-inversion (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from
// monotone discrete distributions", 1996): under a hat H, the integral of x^-s, a uniform number is
// inverted to a real x; the integer next to it is taken if the number falls under its bar, which
// happens in more than nine of ten tries. Constant time and memory for any n, unlike a table of
// sums.
//
// Thread rule: const, so shared freely.

#pragma once

#include <cstdint>
#include <random>

namespace cachekit::bench {

class ZipfDistribution {
 public:
  /// count at least 1; exponent above 0.
  ZipfDistribution(std::uint64_t count, double exponent);

  std::uint64_t operator()(std::mt19937_64& random) const;

 private:
  double hat(double x) const;
  double inverse_hat(double y) const;
  double bar(double x) const;

  double count_;
  double exponent_;
  double hat_first_;
  double hat_last_;
  double surely_accepted_;
};

}  // namespace cachekit::bench
