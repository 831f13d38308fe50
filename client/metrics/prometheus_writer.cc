#include "client/metrics/prometheus_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

namespace cachekit::metrics {
namespace {

constexpr double largest_exact = 9007199254740992;  // 2^53: up to it a double counts by ones

std::string number(double value) {
  if (std::floor(value) == value && std::abs(value) <= largest_exact) {
    return fmt::format("{:.0f}", value);
  }
  return fmt::format("{}", value);
}

std::string seconds(std::chrono::nanoseconds duration) {
  return number(std::chrono::duration<double>(duration).count());
}

/// How many bytes the character takes that the text begins with; 0 if it is no UTF-8.
std::size_t length_of_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  // Nothing begins with these; the longest code, and those of UTF-16's halves, are out of bounds.
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

/// A backslash, a quote and the end of a line would end the value; what is no UTF-8, the page.
void append_escaped(std::string& text, std::string_view value) {
  while (!value.empty()) {
    const std::size_t length = length_of_character(value);
    const char first = value.front();
    if (length == 0) {
      text += "\xef\xbf\xbd";  // U+FFFD
    } else if (first == '\n') {
      text += "\\n";
    } else {
      if (first == '\\' || first == '"') text += '\\';
      text += value.substr(0, length);
    }
    value.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

}  // namespace

PrometheusWriter::PrometheusWriter(const PrometheusOptions& options) : options_(options) {}

void PrometheusWriter::begin(std::string_view name, std::string_view type, std::string_view help) {
  metric_ = options_.prefix + std::string(name);
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", metric_, help, metric_,
                 type);
}

void PrometheusWriter::add(Labels labels, double value) { add_line("", labels, "", value); }

void PrometheusWriter::add(Labels labels, const LatencyHistogram& histogram) {
  for (const std::chrono::nanoseconds bound : options_.bounds) {
    add_line("_bucket", labels, seconds(bound), static_cast<double>(histogram.count_up_to(bound)));
  }
  add_line("_bucket", labels, "+Inf", static_cast<double>(histogram.count()));
  add_line("_sum", labels, "", histogram.sum().count());
  add_line("_count", labels, "", static_cast<double>(histogram.count()));
}

void PrometheusWriter::add_line(std::string_view suffix, Labels labels, std::string_view bound,
                                double value) {
  text_.append(metric_).append(suffix);
  first_label_ = true;
  for (const auto& [name, content] : options_.labels) add_label(name, content);
  for (const auto& [name, content] : labels) add_label(name, content);
  if (!bound.empty()) add_label("le", bound);
  if (!first_label_) text_ += '}';
  fmt::format_to(std::back_inserter(text_), " {}\n", number(value));
}

void PrometheusWriter::add_label(std::string_view name, std::string_view value) {
  text_ += first_label_ ? '{' : ',';
  first_label_ = false;
  text_.append(name).append("=\"");
  append_escaped(text_, value);
  text_ += '"';
}

}  // namespace cachekit::metrics
