#include "node/commands/config_parameters.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "node/commands/numbers.h"
#include "node/eviction.h"
#include "node/memory_size.h"
#include "node/text.h"
#include "protocol/limits.h"

namespace cachekit::node::commands {
namespace {

// Redis's lower bound for both limits on input.
constexpr std::size_t least_input_limit_bytes = std::size_t{1} << 20;

constexpr std::string_view not_a_size = "argument must be a memory value";

std::string out_of_range(std::int64_t least, std::int64_t most) {
  return fmt::format("argument must be between {} and {} inclusive", least, most);
}

std::string set_number(std::int64_t& target, std::string_view value, std::int64_t least,
                       std::int64_t most) {
  const auto number = parse_integer(value);
  if (!number) return "argument couldn't be parsed into an integer";
  if (*number < least || *number > most) return out_of_range(least, most);
  target = *number;
  return {};
}

constexpr auto no_most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());

std::string set_size(std::size_t& target, std::string_view value, std::size_t least,
                     std::size_t most = no_most) {
  const auto size = parse_memory_size(value);
  if (!size) return std::string(not_a_size);
  if (*size < least || *size > most) {
    return out_of_range(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
  }
  target = *size;
  return {};
}

template <typename Value>
std::string text_of(const Value& value) {
  return fmt::format("{}", value);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return words;
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(words.back().size());
  }
}

// "CLASS HARD SOFT SECONDS". Ours are hard limits, so SOFT and SECONDS must be 0.
std::string set_limit_of_class(Settings& settings, std::span<const std::string_view> words) {
  const bool pubsub = same_word(words[0], "pubsub");
  if (!pubsub && !same_word(words[0], "normal")) {
    return "Invalid client class specified in buffer limit configuration.";
  }
  const auto hard = parse_memory_size(words[1]);
  const std::size_t least = pubsub ? least_invalidation_limit_bytes : 0;
  if (!hard || *hard < least || words[2] != "0" || words[3] != "0") {
    return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
  }
  (pubsub ? settings.invalidation_buffer_limit_bytes : settings.output_buffer_limit_bytes) = *hard;
  return {};
}

std::string set_output_limits(Settings& settings, std::string_view value) {
  const auto words = words_of(value);
  if (words.empty() || words.size() % 4 != 0) {
    return "Wrong number of arguments in buffer limit configuration.";
  }
  for (std::size_t i = 0; i < words.size(); i += 4) {
    std::string problem = set_limit_of_class(settings, std::span(words).subspan(i, 4));
    if (!problem.empty()) return problem;
  }
  return {};
}

std::string set_tracked_keys(Settings& settings, std::string_view value) {
  std::int64_t most = 0;
  std::string problem = set_number(most, value, 0, std::numeric_limits<std::int64_t>::max());
  if (problem.empty()) settings.tracking_table_max_keys = static_cast<std::size_t>(most);
  return problem;
}

std::string set_max_clients(Settings& settings, std::string_view value) {
  std::int64_t wanted = 0;
  std::string problem = set_number(wanted, value, 1, std::numeric_limits<std::uint32_t>::max());
  if (!problem.empty()) return problem;
  const auto ceiling = static_cast<std::int64_t>(settings.max_clients_ceiling);
  if (wanted > ceiling) {
    return fmt::format(
        "The operating system is not able to handle the specified number of clients, try with {}",
        ceiling);
  }
  settings.max_clients = static_cast<std::size_t>(wanted);
  return {};
}

std::string set_eviction(Settings& settings, std::string_view value) {
  const auto policy = eviction_of(value);
  if (!policy) {
    return fmt::format("argument(s) must be one of the following: {}", eviction_names());
  }
  settings.eviction = *policy;
  return {};
}

std::string set_log_level(Settings& settings, std::string_view value) {
  const auto level = log_level_of(value);
  if (!level) {
    return "argument(s) must be one of the following: debug, verbose, notice, warning";
  }
  settings.log_level = *level;
  return {};
}

std::string set_min_replicas(Settings& settings, std::string_view value) {
  std::int64_t least = 0;
  std::string problem = set_number(least, value, 0, std::numeric_limits<std::int32_t>::max());
  if (problem.empty()) settings.min_replicas_to_write = static_cast<std::size_t>(least);
  return problem;
}

const std::array parameters{
    ConfigParameter{"appendonly", [](const Node&) { return std::string("no"); }, nullptr},
    ConfigParameter{
        "bind",
        [](const Node& node) { return fmt::format("{}", fmt::join(node.settings().bind, " ")); },
        nullptr},
    ConfigParameter{"client-output-buffer-limit",
                    [](const Node& node) {
                      return fmt::format("normal {} 0 0 pubsub {} 0 0",
                                         node.settings().output_buffer_limit_bytes,
                                         node.settings().invalidation_buffer_limit_bytes);
                    },
                    set_output_limits},
    ConfigParameter{
        "client-query-buffer-limit",
        [](const Node& node) { return text_of(node.settings().query_buffer_limit_bytes); },
        [](Settings& settings, std::string_view value) {
          return set_size(settings.query_buffer_limit_bytes, value, least_input_limit_bytes);
        }},
    ConfigParameter{"databases", [](const Node&) { return std::string("1"); }, nullptr},
    ConfigParameter{
        "loglevel",
        [](const Node& node) { return std::string(log_level_name(node.settings().log_level)); },
        set_log_level},
    ConfigParameter{"maxclients",
                    [](const Node& node) { return text_of(node.settings().max_clients); },
                    set_max_clients},
    ConfigParameter{"maxmemory",
                    [](const Node& node) { return text_of(node.settings().max_memory_bytes); },
                    [](Settings& settings, std::string_view value) {
                      return set_size(settings.max_memory_bytes, value, 0);
                    }},
    ConfigParameter{
        "maxmemory-policy",
        [](const Node& node) { return std::string(eviction_name(node.settings().eviction)); },
        set_eviction},
    ConfigParameter{
        "min-replicas-max-lag",
        [](const Node& node) { return text_of(node.settings().min_replicas_max_lag_s); },
        [](Settings& settings, std::string_view value) {
          return set_number(settings.min_replicas_max_lag_s, value, 0,
                            std::numeric_limits<std::int32_t>::max());
        }},
    ConfigParameter{"min-replicas-to-write",
                    [](const Node& node) { return text_of(node.settings().min_replicas_to_write); },
                    set_min_replicas},
    ConfigParameter{"port", [](const Node& node) { return text_of(node.listening_port()); },
                    nullptr},
    ConfigParameter{"proto-max-bulk-len",
                    [](const Node& node) { return text_of(node.settings().max_bulk_bytes); },
                    [](Settings& settings, std::string_view value) {
                      return set_size(settings.max_bulk_bytes, value, least_input_limit_bytes,
                                      protocol::max_bulk_bytes);
                    }},
    ConfigParameter{"requirepass", [](const Node& node) { return node.settings().password; },
                    [](Settings& settings, std::string_view value) {
                      settings.password = value;
                      return std::string();
                    }},
    ConfigParameter{"save", [](const Node&) { return std::string(); }, nullptr},
    ConfigParameter{"tcp-keepalive",
                    [](const Node& node) { return text_of(node.settings().tcp_keepalive_s); },
                    nullptr},
    ConfigParameter{"timeout", [](const Node& node) { return text_of(node.settings().timeout_s); },
                    [](Settings& settings, std::string_view value) {
                      return set_number(settings.timeout_s, value, 0,
                                        std::numeric_limits<std::int32_t>::max());
                    }},
    ConfigParameter{
        "tracking-table-max-keys",
        [](const Node& node) { return text_of(node.settings().tracking_table_max_keys); },
        set_tracked_keys},
    ConfigParameter{"unixsocket", [](const Node& node) { return node.settings().unix_socket; },
                    nullptr},
};

}  // namespace

std::span<const ConfigParameter> config_parameters() { return parameters; }

const ConfigParameter* find_config_parameter(std::string_view name) {
  for (const ConfigParameter& parameter : parameters) {
    if (same_word(parameter.name, name)) return &parameter;
  }
  return nullptr;
}

}  // namespace cachekit::node::commands
