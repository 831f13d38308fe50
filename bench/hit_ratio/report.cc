#include "bench/hit_ratio/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "bench/load/machine.h"

namespace cachekit::bench::hit_ratio {
namespace {

template <typename... Arguments>
void print(std::string& to, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(to), format, std::forward<Arguments>(arguments)...);
}

std::string trace_title(const TraceFigures& figures) {
  return fmt::format("{}{}, {:.0f} MiB", figures.trace,
                     figures.spec.value_scale == 1
                         ? std::string()
                         : fmt::format(" × {:g}", figures.spec.value_scale),
                     static_cast<double>(figures.spec.limit_bytes) / double{mebibyte});
}

void print_engine(std::string& to, const Options& options, const std::vector<TraceFigures>& all) {
  if (all.empty() || all.front().engine.empty()) return;
  print(to, "\nMiss ratios of the {} in process, all of its memory within the limit\n\n{:28}",
        options.near_cache ? "near-cache" : "engine", "trace");
  for (const auto& figure : all.front().engine) print(to, "{:>11}", figure.policy);
  for (const auto& figures : all) {
    print(to, "\n{:28}", trace_title(figures));
    for (const auto& figure : figures.engine) print(to, "{:>11.4f}", figure.replay.miss_ratio());
  }
  to += "\n";
}

std::string cell(const ServerFigure& figure) {
  const auto ratio = figure.miss_ratio();
  return ratio ? fmt::format("{:.4f}{}", *ratio, figure.slow_is_better() ? "s" : " ") : "- ";
}

void print_means(std::string& to, const std::vector<TraceFigures>& all) {
  double sum = 0;
  int count = 0;
  for (const auto& figures : all) {
    const auto gain = figures.gain();
    if (!gain) continue;
    sum += *gain;
    ++count;
  }
  if (count > 0) print(to, "mean: {:.1f} % fewer\n", 100 * sum / count);
}

void print_servers(std::string& to, const std::vector<TraceFigures>& all, double slow_s) {
  if (all.empty() || all.front().servers.empty()) return;
  print(to,
        "\nMiss ratios over a socket, the peak of RSS above the empty process within the "
        "limit\n\n{:28}",
        "trace");
  for (const auto& figure : all.front().servers) print(to, "{:>19}", figure.server);
  print(to, "  node: fewer misses than the best of the others");
  for (const auto& figures : all) {
    print(to, "\n{:28}", trace_title(figures));
    for (const auto& figure : figures.servers) print(to, "{:>19}", cell(figure));
    if (const auto gain = figures.gain()) print(to, "{:>9.1f} %", 100 * *gain);
  }
  to += "\n";
  print_means(to, all);
  if (slow_s > 0)
    print(to, "s: the replay over {:g} s, which was better than the fast one\n", slow_s);
}

void print_settings(std::string& to, const std::vector<TraceFigures>& all) {
  if (all.empty() || all.front().servers.empty()) return;
  print(to, "\n{:28}{:20}{:>14}{:>14}{:>12}{:>10}{:>10}\n", "trace", "server", "setting MiB",
        "taken MiB", "requests/s", "fast", "slow");
  for (const auto& figures : all) {
    for (const auto& figure : figures.servers) {
      print(to, "{:28}{:20}", trace_title(figures), figure.server + figure.flags);
      if (!figure.fast) {
        print(to, "   {}\n",
              figure.failure.empty() ? "cannot be held to this limit" : figure.failure);
        continue;
      }
      const Run& run = *figure.fast;
      print(to, "{:>14.2f}{:>14.2f}{:>12.0f}{:>10.4f}",
            static_cast<double>(run.setting_bytes) / double{mebibyte},
            static_cast<double>(run.taken_bytes) / double{mebibyte},
            static_cast<double>(run.replay.requests) / run.elapsed_s, run.replay.miss_ratio());
      if (figure.slow) print(to, "{:>10.4f}", figure.slow->replay.miss_ratio());
      to += "\n";
    }
  }
}

}  // namespace

std::optional<double> ServerFigure::miss_ratio() const {
  if (!fast) return std::nullopt;
  return slow_is_better() ? slow->replay.miss_ratio() : fast->replay.miss_ratio();
}

bool ServerFigure::slow_is_better() const {
  return fast && slow && slow->replay.miss_ratio() < fast->replay.miss_ratio();
}

std::optional<double> TraceFigures::gain() const {
  std::optional<double> ours;
  std::optional<double> best;
  for (const ServerFigure& figure : servers) {
    const auto ratio = figure.miss_ratio();
    if (!ratio) continue;
    auto& target = figure.is_ours ? ours : best;
    target = std::min(*ratio, target.value_or(1));
  }
  if (!ours || !best) return std::nullopt;
  return 1 - *ours / *best;
}

std::string report_text(const Options& options, const std::vector<TraceFigures>& figures) {
  const Machine machine = this_machine();
  std::string text = fmt::format("{} cores, {}, {}; first {} requests, cold start\n", machine.cores,
                                 machine.processor, machine.kernel, options.requests);
  print_engine(text, options, figures);
  print_servers(text, figures, options.slow_s);
  print_settings(text, figures);
  return text;
}

}  // namespace cachekit::bench::hit_ratio
