#include "client/local/cluster_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace cachekit::local {
namespace {

using nlohmann::json;

// Of the document; a reader refuses others.
constexpr int format_version = 1;

ProcessIdentity process_of(const json& process) {
  return {process.at("pid").get<pid_t>(), process.at("start_time_ticks").get<std::uint64_t>()};
}

NodeRecord node_of(const json& node) {
  return {node.at("shard").get<std::string>(), node.at("address").get<std::string>(),
          process_of(node)};
}

Status unreadable(std::string_view why) {
  return {Code::topology_error, fmt::format("cluster.json makes no sense: {}", why)};
}

}  // namespace

std::string to_json(const ClusterRecord& record) {
  json nodes = json::array();
  for (const NodeRecord& node : record.nodes) {
    nodes.push_back({{"shard", node.shard},
                     {"address", node.address},
                     {"pid", node.process.pid},
                     {"start_time_ticks", node.process.start_time_ticks}});
  }
  return json({{"format", format_version},
               {"program", record.program.string()},
               {"flags", record.flags},
               {"nodes", nodes},
               {"topology", record.topology},
               {"agent",
                {{"pid", record.agent.pid}, {"start_time_ticks", record.agent.start_time_ticks}}}})
             .dump(2) +
         "\n";
}

Result<ClusterRecord> parse_cluster_record(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.at("format") != format_version) {
      return tl::unexpected(unreadable(fmt::format("format {} was expected", format_version)));
    }
    ClusterRecord record{document.at("program").get<std::string>(),
                         document.at("flags").get<std::vector<std::string>>(),
                         {},
                         {},
                         document.value("topology", std::string())};
    if (document.contains("agent")) record.agent = process_of(document.at("agent"));
    for (const json& node : document.at("nodes")) record.nodes.push_back(node_of(node));
    return record;
  } catch (const json::exception& error) {
    return tl::unexpected(unreadable(error.what()));
  }
}

}  // namespace cachekit::local
