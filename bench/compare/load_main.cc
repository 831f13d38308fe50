// cachekit-compare-load: the load of one cell on one server, told as one line of JSON. Started by
// compare.py.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string_view>

#include "bench/compare/load_options.h"
#include "bench/compare/load_run.h"
#include "bench/load/build_kind.h"

namespace {

using namespace cachekit::bench;
using namespace cachekit::bench::compare;

double microseconds(cachekit::FineLatencyHistogram::Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

void print(const LoadResult& result) {
  fmt::print(
      "{{\"requests\": {}, \"misses\": {}, \"elapsed_s\": {:.6f}, \"server_user_s\": {:.3f}, "
      "\"server_system_s\": {:.3f}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}, \"p999_us\": {:.1f}, "
      "\"max_us\": {:.1f}}}\n",
      result.requests, result.misses, result.elapsed_s, result.server.user_s,
      result.server.system_s, microseconds(result.latency.quantile(0.5)),
      microseconds(result.latency.quantile(0.99)), microseconds(result.latency.quantile(0.999)),
      microseconds(result.latency.maximum()));
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string_view(words[1]) == "--build-kind") {
    fmt::print("{}\n", unfit_build());
    return 0;
  }
  const auto options = parse_load_options(count, words);
  if (!options) {
    fmt::print(stderr, "{}", options.error());
    return 2;
  }
  const auto result = run_load(*options);
  if (!result) {
    fmt::print(stderr, "cachekit-compare-load: {}\n", result.error());
    return 1;
  }
  print(*result);
  return 0;
}
