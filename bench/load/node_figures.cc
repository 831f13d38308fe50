#include "bench/load/node_figures.h"

#include <algorithm>
#include <charconv>

namespace cachekit::bench {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

std::uint64_t leading_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint64_t number_of(const Fields& fields, std::string_view name) {
  const auto field = fields.find(name);
  return field == fields.end() ? 0 : leading_number(field->second);
}

// "keys=12,expires=3,…"
std::uint64_t keys_of(const Fields& fields) {
  constexpr std::string_view label = "keys=";
  const auto field = fields.find("db0");
  if (field == fields.end() || !field->second.starts_with(label)) return 0;
  return leading_number(std::string_view(field->second).substr(label.size()));
}

// A counter that went back belongs to a node that was started again.
std::uint64_t growth(std::uint64_t before, std::uint64_t after) {
  return after >= before ? after - before : after;
}

}  // namespace

Fields parse_info(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    fields.emplace(line.substr(0, colon), line.substr(colon + 1));
  }
  return fields;
}

NodeFigures figures_from_info(std::string_view text) {
  const Fields fields = parse_info(text);
  NodeFigures figures;
  figures.reachable = true;
  figures.commands = number_of(fields, "total_commands_processed");
  figures.hits = number_of(fields, "keyspace_hits");
  figures.misses = number_of(fields, "keyspace_misses");
  figures.evicted = number_of(fields, "evicted_keys");
  figures.keys = keys_of(fields);
  figures.memory_bytes = number_of(fields, "used_memory");
  return figures;
}

std::vector<NodeFigures> read_node_figures(Client& client) {
  std::vector<NodeFigures> nodes;
  for (const Shard& shard : client.topology().shards) {
    const Result<Value> reply = client.command_on(shard.primary, {"INFO"});
    const std::string* text = reply ? reply->get_if<std::string>() : nullptr;
    NodeFigures figures = text != nullptr ? figures_from_info(*text) : NodeFigures{};
    figures.shard = shard.name;
    figures.address = shard.primary;
    nodes.push_back(std::move(figures));
  }
  return nodes;
}

std::vector<NodeFigures> difference(const std::vector<NodeFigures>& before,
                                    std::vector<NodeFigures> after) {
  for (NodeFigures& node : after) {
    for (const NodeFigures& earlier : before) {
      if (earlier.address != node.address) continue;
      node.commands = growth(earlier.commands, node.commands);
      node.hits = growth(earlier.hits, node.hits);
      node.misses = growth(earlier.misses, node.misses);
      node.evicted = growth(earlier.evicted, node.evicted);
    }
  }
  return after;
}

}  // namespace cachekit::bench
