// Every complaint names its place in the document, as in "shards[2].primary".

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "cachekit/topology.h"
#include "client/topology/node_address.h"
#include "protocol/node_report.h"

namespace cachekit {
namespace {

using nlohmann::json;

/// Largest document that is read, so that a wrong path cannot fill the memory.
constexpr std::size_t max_document_bytes = std::size_t{16} << 20;

/// Most points for a shard of weight 1; a ring as a whole has a limit of its own.
constexpr std::uint64_t max_points = std::uint64_t{1} << 20;

/// Of versions and epochs: nodes believe none beyond, and nobody could count up from the last
/// number that there is.
constexpr auto highest_count = static_cast<std::uint64_t>(protocol::highest_epoch);

/// A complaint; thrown nowhere, handed up as a value.
using Problem = std::optional<std::string>;

std::string at(std::string_view place, std::string_view complaint) {
  return fmt::format("{} {}", place, complaint);
}

std::string kind_of(const json& value) { return value.type_name(); }

/// As a complaint shows it. An object or an array may be as deep as the document is long, so
/// nothing may descend into it.
std::string shown(const json& value) {
  constexpr std::size_t most_bytes = 100;
  if (value.is_structured()) return kind_of(value);
  if (value.is_string() && value.get_ref<const std::string&>().size() > most_bytes) {
    return "a long string";
  }
  return value.dump();
}

Problem read_count(const json& parent, const char* name, std::string_view place,
                   std::uint64_t& out) {
  const auto member = parent.find(name);
  if (member == parent.end()) return at(place, "is missing; expected a positive integer");
  if (!member->is_number_unsigned() || member->get<std::uint64_t>() == 0) {
    return at(place, fmt::format("is {}; expected a positive integer", shown(*member)));
  }
  out = member->get<std::uint64_t>();
  if (out <= highest_count) return std::nullopt;
  return at(place, fmt::format("is {}; the limit is {}", out, highest_count));
}

Problem read_text(const json& value, std::string_view place, std::string& out) {
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
    return at(place, fmt::format("is {}; expected a string with content",
                                 value.is_string() ? "empty" : kind_of(value)));
  }
  out = value.get<std::string>();
  return std::nullopt;
}

Problem read_address(const json& value, std::string_view place, std::set<std::string>& seen,
                     std::string& out) {
  if (Problem problem = read_text(value, place, out)) return problem;
  if (const auto parsed = topology::parse_node_address(out); !parsed) {
    return at(place, "is no address: " + parsed.error());
  }
  if (!seen.insert(out).second) {
    return at(place, fmt::format("names the node '{}' a second time", out));
  }
  return std::nullopt;
}

Problem read_weight(const json& shard, const std::string& place, double& out) {
  const auto member = shard.find("weight");
  if (member == shard.end()) return std::nullopt;
  if (!member->is_number() || !std::isfinite(member->get<double>()) || member->get<double>() <= 0) {
    return at(place + ".weight", fmt::format("is {}; expected a number above 0", shown(*member)));
  }
  out = member->get<double>();
  return std::nullopt;
}

Problem read_addresses(const json& shard, const char* name, const std::string& place,
                       std::set<std::string>& seen, std::vector<std::string>& out) {
  const auto member = shard.find(name);
  if (member == shard.end()) return std::nullopt;
  if (!member->is_array()) {
    return at(fmt::format("{}.{}", place, name),
              fmt::format("is {}; expected an array", kind_of(*member)));
  }
  for (std::size_t i = 0; i < member->size(); ++i) {
    const std::string element = fmt::format("{}.{}[{}]", place, name, i);
    if (Problem problem = read_address((*member)[i], element, seen, out.emplace_back())) {
      return problem;
    }
  }
  return std::nullopt;
}

Problem read_shard(const json& value, const std::string& place, std::set<std::string>& nodes,
                   Shard& out) {
  if (!value.is_object())
    return at(place, fmt::format("is {}; expected an object", kind_of(value)));
  const auto name = value.find("name");
  if (name == value.end()) return at(place + ".name", "is missing");
  if (Problem problem = read_text(*name, place + ".name", out.name)) return problem;
  if (Problem problem = read_weight(value, place, out.weight)) return problem;
  if (value.contains("epoch")) {
    if (Problem problem = read_count(value, "epoch", place + ".epoch", out.epoch)) return problem;
  }
  const auto primary = value.find("primary");
  if (primary == value.end()) return at(place + ".primary", "is missing");
  if (Problem problem = read_address(*primary, place + ".primary", nodes, out.primary)) {
    return problem;
  }
  if (Problem problem = read_addresses(value, "replicas", place, nodes, out.replicas)) {
    return problem;
  }
  return read_addresses(value, "absent", place, nodes, out.absent);
}

Problem read_ring(const json& document, std::uint32_t& out) {
  const auto ring = document.find("ring");
  if (ring == document.end() || !ring->is_object()) return at("ring", "is missing or no object");
  const auto hash = ring->find("hash");
  if (hash == ring->end() || *hash != "xxh3") {
    return at("ring.hash", fmt::format("is {}; expected \"xxh3\"",
                                       hash == ring->end() ? "missing" : shown(*hash)));
  }
  std::uint64_t points = 0;
  if (Problem problem = read_count(*ring, "points", "ring.points", points)) return problem;
  if (points > max_points) {
    return at("ring.points", fmt::format("is {}; the limit is {}", points, max_points));
  }
  out = static_cast<std::uint32_t>(points);
  return std::nullopt;
}

Problem read_shards(const json& document, std::vector<Shard>& out) {
  const auto shards = document.find("shards");
  if (shards == document.end() || !shards->is_array() || shards->empty()) {
    return at("shards", "is missing or empty; expected an array of at least one shard");
  }
  std::set<std::string> names;
  std::set<std::string> nodes;
  for (std::size_t i = 0; i < shards->size(); ++i) {
    const std::string place = fmt::format("shards[{}]", i);
    Shard& shard = out.emplace_back();
    if (Problem problem = read_shard((*shards)[i], place, nodes, shard)) return problem;
    if (!names.insert(shard.name).second) {
      return at(place + ".name", fmt::format("repeats the name '{}'", shard.name));
    }
  }
  return std::nullopt;
}

Problem read_document(const json& document, Topology& out) {
  if (!document.is_object()) {
    return at("the document", fmt::format("is {}; expected an object", kind_of(document)));
  }
  if (Problem problem = read_count(document, "version", "version", out.version)) return problem;
  if (Problem problem = read_ring(document, out.ring_points)) return problem;
  return read_shards(document, out.shards);
}

// A sentence that quotes a name or a number may be as long as the document.
tl::unexpected<Status> topology_error(std::string_view sentence) {
  constexpr std::size_t most_bytes = 500;
  return tl::unexpected(Status(Code::topology_error, fmt::format("the topology document: {}",
                                                                 sentence.substr(0, most_bytes))));
}

}  // namespace

Result<Topology> parse_topology(std::string_view text) {
  if (text.size() > max_document_bytes) {
    return topology_error(
        fmt::format("it has {} bytes; the limit is {}", text.size(), max_document_bytes));
  }
  json document;
  try {
    document = json::parse(text);
  } catch (const json::parse_error& error) {
    return topology_error(fmt::format("no JSON at byte {}", error.byte));
  } catch (const json::exception& error) {  // such as a number beyond all that can be held
    return topology_error(error.what());
  }
  Topology topology;
  if (Problem problem = read_document(document, topology)) return topology_error(*problem);
  return topology;
}

std::string to_json(const Topology& topology) {
  nlohmann::ordered_json shards = nlohmann::ordered_json::array();
  for (const Shard& shard : topology.shards) {
    shards.push_back({{"name", shard.name},
                      {"weight", shard.weight},
                      {"epoch", shard.epoch},
                      {"primary", shard.primary},
                      {"replicas", shard.replicas}});
    if (!shard.absent.empty()) shards.back()["absent"] = shard.absent;
  }
  const nlohmann::ordered_json document = {
      {"version", topology.version},
      {"ring", {{"hash", "xxh3"}, {"points", topology.ring_points}}},
      {"shards", std::move(shards)}};
  constexpr int indent = 2;
  return document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace cachekit
