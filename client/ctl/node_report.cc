#include "client/ctl/node_report.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace cachekit::ctl {
namespace {

template <class Number>
bool read(std::string_view word, Number& out) {
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), out);
  return parsed.ec == std::errc() && parsed.ptr == word.data() + word.size();
}

bool read(std::string_view word, std::string& out) {
  out = word;
  return true;
}

bool read(std::string_view word, bool& out) {
  out = word == "1";
  return out || word == "0";
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

// "address offset lag_ms skew_ms copying"
bool read(std::string_view words, std::vector<ReplicaReport>& out) {
  ReplicaReport& replica = out.emplace_back();
  std::int64_t skew_ms = 0;
  return read(take_word(words), replica.address) && read(take_word(words), replica.offset) &&
         read(take_word(words), replica.lag_ms) && read(take_word(words), skew_ms) &&
         read(take_word(words), replica.copying);
}

bool read_field(std::string_view name, std::string_view word, NodeReport& out) {
  if (name == "run-id") return read(word, out.run_id);
  if (name == "managed") return read(word, out.managed);
  if (name == "role") return read(word, out.role);
  if (name == "epoch") return read(word, out.epoch);
  if (name == "offset") return read(word, out.offset);
  if (name == "lease") return read(word, out.lease);
  if (name == "replica") return read(word, out.replicas);
  if (name == "replica-run-id" && !out.replicas.empty()) out.replicas.back().run_id = word;
  return true;
}

}  // namespace

std::optional<NodeReport> report_from_reply(const Value& reply) {
  const auto* const words = reply.get_if<Value::Array>();
  if (words == nullptr || words->size() % 2 != 0) return std::nullopt;
  NodeReport report;
  for (std::size_t i = 0; i < words->size(); i += 2) {
    const auto* const name = (*words)[i].get_if<std::string>();
    const auto* const word = (*words)[i + 1].get_if<std::string>();
    if (name == nullptr || word == nullptr) return std::nullopt;
    if (!read_field(*name, *word, report)) return std::nullopt;
  }
  if (report.role.empty()) return std::nullopt;
  return report;
}

}  // namespace cachekit::ctl
