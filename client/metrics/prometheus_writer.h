// Lines of Prometheus' text format. Pure.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/latency_histogram.h"
#include "cachekit/prometheus.h"

namespace cachekit::metrics {

class PrometheusWriter {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::span<const Label>;

  explicit PrometheusWriter(const PrometheusOptions& options);

  /// Begins a metric: all its lines follow, before those of another. `type` as Prometheus names it.
  void begin(std::string_view name, std::string_view type, std::string_view help);

  /// One line of the metric that was begun last.
  void add(Labels labels, double value);
  void add(std::initializer_list<Label> labels, double value) {
    add(Labels(labels.begin(), labels.size()), value);
  }

  /// The lines of one histogram: buckets, sum and count, in seconds.
  void add(Labels labels, const LatencyHistogram& histogram);

  std::string take() { return std::move(text_); }

 private:
  void add_line(std::string_view suffix, Labels labels, std::string_view bound, double value);
  void add_label(std::string_view name, std::string_view value);

  const PrometheusOptions& options_;
  std::string metric_;  // with its prefix
  bool first_label_ = true;
  std::string text_;
};

}  // namespace cachekit::metrics
