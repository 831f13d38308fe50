// A client's statistics as Prometheus' text, read back by a parser that shares nothing with what
// writes it.

#include "cachekit/prometheus.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace cachekit {
namespace {

using namespace std::chrono_literals;

using Labels = std::map<std::string, std::string>;

struct Series {
  std::string name;
  Labels labels;
  bool operator<(const Series& other) const {
    return std::tie(name, labels) < std::tie(other.name, other.labels);
  }
};

// What a text says. Throws where it breaks the format's rules.
class Exposition {
 public:
  explicit Exposition(const std::string& text) {
    if (text.empty() || text.back() != '\n') throw std::runtime_error("no end of the last line");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) read(line);
  }

  double value(const std::string& name, const Labels& labels = {}) const {
    const auto found = values_.find({name, labels});
    if (found == values_.end()) throw std::runtime_error("no series " + name);
    return found->second;
  }
  std::string type(const std::string& metric) const { return types_.at(metric); }
  std::size_t series() const { return values_.size(); }
  std::size_t series_with_label(const std::string& label) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        values_, [&](const auto& entry) { return entry.first.labels.contains(label); }));
  }
  const std::map<Series, double>& values() const { return values_; }

 private:
  void read(const std::string& line) {
    if (line.starts_with("# HELP ")) return begin(line.substr(7));
    if (line.starts_with("# TYPE ")) return set_type(line.substr(7));
    std::size_t at = 0;
    Series series{read_name(line, at), {}};
    if (line.at(at) == '{') read_labels(line, at, series.labels);
    if (line.at(at++) != ' ') throw std::runtime_error("no blank before the value: " + line);
    std::size_t used = 0;
    const double value = std::stod(line.substr(at), &used);
    if (at + used != line.size()) throw std::runtime_error("no number: " + line);
    const std::string& metric = present_;
    const bool is_histogram = types_.at(metric) == "histogram";
    const std::string suffix = series.name.substr(std::min(metric.size(), series.name.size()));
    const std::set<std::string> allowed = is_histogram
                                              ? std::set<std::string>{"_bucket", "_sum", "_count"}
                                              : std::set<std::string>{""};
    if (!series.name.starts_with(metric) || !allowed.contains(suffix)) {
      throw std::runtime_error("a line of another metric: " + line);
    }
    if (!values_.emplace(series, value).second) throw std::runtime_error("told twice: " + line);
  }

  void begin(const std::string& rest) {
    present_ = rest.substr(0, rest.find(' '));
    if (!begun_.insert(present_).second) throw std::runtime_error("begun twice: " + rest);
  }

  void set_type(const std::string& rest) {
    if (rest.substr(0, rest.find(' ')) != present_) throw std::runtime_error("no HELP: " + rest);
    types_[present_] = rest.substr(rest.find(' ') + 1);
  }

  static std::string read_name(const std::string& line, std::size_t& at) {
    const std::size_t from = at;
    while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) != 0 ||
                                line[at] == '_' || line[at] == ':')) {
      ++at;
    }
    if (at == from || std::isdigit(static_cast<unsigned char>(line[from])) != 0) {
      throw std::runtime_error("no name: " + line);
    }
    return line.substr(from, at - from);
  }

  static void read_labels(const std::string& line, std::size_t& at, Labels& labels) {
    do {
      ++at;  // { or ,
      const std::string name = read_name(line, at);
      if (line.at(at) != '=' || line.at(at + 1) != '"') throw std::runtime_error("no =\": " + line);
      at += 2;
      std::string value;
      for (; line.at(at) != '"'; ++at) {
        if (line[at] != '\\') {
          value += line[at];
          continue;
        }
        const char escaped = line.at(++at);
        if (escaped != 'n' && escaped != '\\' && escaped != '"') {
          throw std::runtime_error("an unknown escape: " + line);
        }
        value += escaped == 'n' ? '\n' : escaped;
      }
      ++at;
      if (!labels.emplace(name, value).second) throw std::runtime_error("label twice: " + line);
    } while (line.at(at) == ',');
    if (line.at(at++) != '}') throw std::runtime_error("no }: " + line);
  }

  std::string present_;
  std::set<std::string> begun_;
  std::map<std::string, std::string> types_;
  std::map<Series, double> values_;
};

const std::string shard = "a \"quoted\" \\ shard\nof two lines";

ClientStats example_stats() {
  ClientStats stats;
  stats.calls[static_cast<std::size_t>(Code::ok)] = 5'000'000'000;
  stats.calls[static_cast<std::size_t>(Code::unavailable)] = 3;
  for (const auto took : {40us, 90us, 150us, 8000us, 20'000'000us}) {
    stats.call_latency.read.record(took);
  }
  stats.topology_version = 7;
  stats.topology_changes = 2;
  stats.async_under_way = 11;
  stats.near_cache.hits = 12;
  stats.near_cache.bytes = 4096;
  NodeStats& node = stats.nodes.emplace_back();
  node.address = "10.0.0.1:7001";
  node.shard = shard;
  node.attempts = 100;
  node.errors.unanswered = 4;
  node.breaker = BreakerState::open;
  node.recent_latency = 250us;
  node.latency.write.record(3ms);
  NodeStats& replica = stats.nodes.emplace_back();
  replica.address = "[::1]:7002";
  replica.shard = shard;
  replica.role = NodeRole::replica;
  stats.hot_keys.push_back({.key = "user:\xff\"1\"", .reads_per_second = 1.5});
  return stats;
}

TEST_CASE("every number of the struct stands in the text, under its labels") {
  const ClientStats stats = example_stats();
  const Exposition text(prometheus_text(stats));
  CHECK(text.value("cachekit_client_calls_total", {{"code", "ok"}}) == 5e9);
  CHECK(text.value("cachekit_client_calls_total", {{"code", "unavailable"}}) == 3);
  CHECK(text.value("cachekit_client_topology_version") == 7);
  CHECK(text.value("cachekit_client_topology_changes_total") == 2);
  CHECK(text.value("cachekit_client_async_operations") == 11);
  CHECK(text.value("cachekit_client_near_cache_hits_total") == 12);
  CHECK(text.value("cachekit_client_near_cache_bytes") == 4096);
  const Labels node{{"shard", shard}, {"node", "10.0.0.1:7001"}};
  CHECK(text.value("cachekit_client_node_attempts_total", node) == 100);
  CHECK(text.value("cachekit_client_node_breaker_open", node) == 1);
  CHECK(text.value("cachekit_client_node_recent_latency_seconds", node) == doctest::Approx(250e-6));
  Labels reason = node;
  reason["reason"] = "unanswered";
  CHECK(text.value("cachekit_client_node_errors_total", reason) == 4);
  const Labels replica{{"shard", shard}, {"node", "[::1]:7002"}, {"role", "replica"}};
  CHECK(text.value("cachekit_client_node_info", replica) == 1);
}

TEST_CASE("counters are called _total and typed as such, histograms and gauges are typed") {
  const Exposition text(prometheus_text(example_stats()));
  for (const auto& [series, value] : text.values()) {
    if (!series.name.ends_with("_total")) continue;
    CHECK(text.type(series.name) == "counter");
  }
  CHECK(text.type("cachekit_client_call_duration_seconds") == "histogram");
  CHECK(text.type("cachekit_client_node_breaker_open") == "gauge");
}

TEST_CASE("a histogram has buckets in seconds, which rise to its count, and its sum") {
  const Exposition text(prometheus_text(example_stats()));
  const std::string name = "cachekit_client_call_duration_seconds";
  const auto up_to = [&](const std::string& bound) {
    return text.value(name + "_bucket", {{"class", "read"}, {"le", bound}});
  };
  CHECK(up_to("5e-05") == 1);
  CHECK(up_to("0.0001") == 2);
  CHECK(up_to("0.0002") == 3);
  CHECK(up_to("0.005") == 3);
  CHECK(up_to("0.01") == 4);
  CHECK(up_to("5") == 4);
  CHECK(up_to("+Inf") == 5);
  CHECK(text.value(name + "_count", {{"class", "read"}}) == 5);
  CHECK(text.value(name + "_sum", {{"class", "read"}}) == doctest::Approx(20.00828));
  CHECK(text.value(name + "_bucket", {{"class", "write"}, {"le", "+Inf"}}) == 0);
}

TEST_CASE("keys are told only if they are asked for, and what is no UTF-8 in them is replaced") {
  CHECK(Exposition(prometheus_text(example_stats())).series_with_label("key") == 0);
  const Exposition text(prometheus_text(example_stats(), {.hot_keys = true}));
  CHECK(text.series_with_label("key") == 2);
  CHECK(text.value("cachekit_client_hot_key_rate",
                   {{"key", "user:\xef\xbf\xbd\"1\""}, {"class", "read"}}) == 1.5);
}

TEST_CASE("UTF-8 stays as it is") {
  ClientStats stats;
  const std::string name = "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80";
  for (const char* broken : {"\xc3", "\xed\xa0\x80", "\xe0\x80\x80", "\xf5\x80\x80\x80", "\x80"}) {
    stats.hot_keys = {{.key = name + broken}};
    const std::string text = prometheus_text(stats, {.hot_keys = true});
    CHECK(text.find(name + "\xef\xbf\xbd") != std::string::npos);
  }
}

TEST_CASE("series are bounded: nodes beyond the bound are counted only") {
  ClientStats stats;
  for (int i = 0; i < 1000; ++i) stats.nodes.emplace_back().address = "n" + std::to_string(i);
  const Exposition few(prometheus_text(stats, {.max_nodes = 3}));
  CHECK(few.value("cachekit_client_nodes_left_out") == 997);
  const Exposition more(prometheus_text(stats, {.max_nodes = 4}));
  CHECK(more.series() - few.series() <= 90);
}

TEST_CASE("a process with several clients tells them apart by labels of its own") {
  const Exposition text(
      prometheus_text(example_stats(), {.prefix = "cache_", .labels = {{"client", "b"}}}));
  CHECK(text.value("cache_topology_version", {{"client", "b"}}) == 7);
  CHECK(text.series_with_label("client") == text.series());
}

TEST_CASE("bounds are the caller's to choose") {
  const Exposition text(prometheus_text(example_stats(), {.bounds = {1ms, 1s}}));
  const std::string bucket = "cachekit_client_call_duration_seconds_bucket";
  CHECK(text.value(bucket, {{"class", "read"}, {"le", "0.001"}}) == 3);
  CHECK(text.value(bucket, {{"class", "read"}, {"le", "1"}}) == 4);
  CHECK_THROWS(text.value(bucket, {{"class", "read"}, {"le", "0.1"}}));
}

}  // namespace
}  // namespace cachekit
