// A client's statistics as text for Prometheus, in its exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Serving it is the program's:
//
//   http.get("/metrics", [&] {
//     return Response(cachekit::prometheus_text(client.stats()),
//     cachekit::prometheus_content_type);
//   });
//
// The series are bounded: labels are shards, nodes, roles, codes, classes of commands and reasons,
// never keys, unless they are asked for. Nothing here is a credential.
//
// Pure; any thread.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/stats.h"

namespace cachekit {

inline constexpr std::string_view prometheus_content_type =
    "text/plain; version=0.0.4; charset=utf-8";

struct PrometheusOptions {
  /// Before each metric's name: letters, digits and underscores.
  std::string prefix = "cachekit_client_";

  /// Labels that every series gets, such as {"client", "checkout"}. For a process with several
  /// clients, to tell them apart. Names begin with a letter.
  std::vector<std::pair<std::string, std::string>> labels = {};

  /// Nodes that are told one by one, at most; about 80 series each. Further ones are left out, and
  /// how many, a series tells.
  std::size_t max_nodes = 100;

  /// The buckets' upper bounds (`le`), rising. Counts at a bound are right to the histograms' own
  /// relative error of it.
  std::vector<std::chrono::nanoseconds> bounds = default_bounds();

  /// Hot keys as labels: at most HotKeyOptions::keys at a time, yet others every time. Keys may
  /// name people.
  bool hot_keys = false;

  /// 50 µs to 5 s, in steps of 1, 2, 5.
  static std::vector<std::chrono::nanoseconds> default_bounds();
};

std::string prometheus_text(const ClientStats& stats, const PrometheusOptions& options = {});

}  // namespace cachekit
