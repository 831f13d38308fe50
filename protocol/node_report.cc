#include "protocol/node_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <type_traits>

namespace cachekit::protocol {
namespace {

// A word of its own, after the replica's, since programs that do not know it skip names, and would
// stumble over a longer word.
constexpr std::string_view run_id_of_replica = "replica-run-id";

constexpr std::array role_names{"none", "primary", "replica"};
constexpr std::array lease_names{"unneeded", "held", "lapsed"};

template <typename Number>
bool read_number(std::string_view word, Number& out) {
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), out);
  return parsed.ec == std::errc() && parsed.ptr == word.data() + word.size();
}

bool read(std::string_view word, std::string& out) {
  out = word;
  return true;
}

bool read(std::string_view word, std::uint64_t& out) { return read_number(word, out); }
bool read(std::string_view word, std::int64_t& out) { return read_number(word, out); }

bool read(std::string_view word, bool& out) {
  out = word == "1";
  return out || word == "0";
}

template <typename Enumeration, std::size_t count>
bool read_name(std::string_view word, const std::array<const char*, count>& names,
               Enumeration& out) {
  const auto found = std::find(names.begin(), names.end(), word);
  out = static_cast<Enumeration>(found - names.begin());
  return found != names.end();
}

bool read(std::string_view word, NodeRole& out) { return read_name(word, role_names, out); }
bool read(std::string_view word, LeaseState& out) { return read_name(word, lease_names, out); }

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

bool read(std::string_view word, std::vector<ReplicaReport>& out) {
  ReplicaReport& replica = out.emplace_back();
  return read(take_word(word), replica.address) && read(take_word(word), replica.offset) &&
         read(take_word(word), replica.lag_ms) && read(take_word(word), replica.skew_ms) &&
         read(take_word(word), replica.copying) && word.empty();
}

std::string text_of(const std::string& value) { return value; }
std::string text_of(std::uint64_t value) { return std::to_string(value); }
std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(bool value) { return value ? "1" : "0"; }
std::string text_of(NodeRole value) { return std::string(name_of(value)); }
std::string text_of(LeaseState value) { return std::string(name_of(value)); }

// One list of names for both directions. Replicas have a word each.
template <typename Report, typename Visit>
void visit_fields(Report& report, Visit&& visit) {
  visit("run-id", report.run_id);
  visit("managed", report.managed);
  visit("role", report.role);
  visit("epoch", report.epoch);
  visit("promised-epoch", report.promised_epoch);
  visit("data-epoch", report.data_epoch);
  visit("history", report.history);
  visit("offset", report.offset);
  visit("complete", report.complete);
  visit("keys", report.keys);
  visit("primary", report.primary);
  visit("link-up", report.link_up);
  visit("heard-ms", report.heard_ms);
  visit("observer", report.observer);
  visit("lapse-ms", report.lapse_ms);
  visit("lease", report.lease);
  visit("closed", report.closed);
  visit("leaving", report.leaving);
  visit("replica", report.replicas);
  visit("topology-version", report.topology_version);
}

}  // namespace

std::string_view name_of(NodeRole role) { return role_names[static_cast<std::size_t>(role)]; }
std::string_view name_of(LeaseState state) { return lease_names[static_cast<std::size_t>(state)]; }

std::vector<std::string> words_of(const NodeReport& report) {
  std::vector<std::string> words;
  visit_fields(report, [&](const char* name, const auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<ReplicaReport>>) {
      for (const ReplicaReport& replica : value) {
        words.emplace_back(name);
        words.push_back(fmt::format("{} {} {} {} {}", replica.address, replica.offset,
                                    replica.lag_ms, replica.skew_ms, text_of(replica.copying)));
        if (replica.run_id.empty()) continue;
        words.emplace_back(run_id_of_replica);
        words.push_back(replica.run_id);
      }
    } else {
      words.emplace_back(name);
      words.push_back(text_of(value));
    }
  });
  return words;
}

tl::expected<NodeReport, std::string> parse_node_report(std::span<const std::string_view> words) {
  if (words.size() % 2 != 0) {
    return tl::unexpected<std::string>("a report has a name without a value");
  }
  NodeReport report;
  std::optional<std::string> problem;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    visit_fields(report, [&](const char* name, auto& value) {
      if (words[i] != name || read(words[i + 1], value)) return;
      problem = fmt::format("a report's {} makes no sense: {}", name, words[i + 1].substr(0, 64));
    });
    if (words[i] == run_id_of_replica && !report.replicas.empty()) {
      report.replicas.back().run_id = words[i + 1];
    }
  }
  if (problem) return tl::unexpected(*problem);
  constexpr auto highest = static_cast<std::uint64_t>(highest_epoch);
  if (std::max({report.epoch, report.promised_epoch, report.data_epoch}) > highest) {
    return tl::unexpected<std::string>("a report has an epoch beyond all that can be");
  }
  if (report.lapse_ms < 0 || report.lapse_ms > longest_lapse_ms) {
    return tl::unexpected<std::string>("a report has a lease longer than all that can be");
  }
  if (report.run_id.empty()) return tl::unexpected<std::string>("a report has no run-id");
  return report;
}

}  // namespace cachekit::protocol
