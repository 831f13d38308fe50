#include "client/agent/node_view.h"

#include <string_view>

namespace cachekit::agent {

std::optional<protocol::NodeReport> report_in(const Value& reply) {
  const auto* const array = reply.get_if<Value::Array>();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string_view> words;
  for (const Value& element : *array) {
    const auto* const word = element.get_if<std::string>();
    if (word == nullptr) return std::nullopt;
    words.emplace_back(*word);
  }
  const auto report = protocol::parse_node_report(words);
  return report ? std::optional(*report) : std::nullopt;
}

}  // namespace cachekit::agent
