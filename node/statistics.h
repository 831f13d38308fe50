// What a node counts, for INFO. CONFIG RESETSTAT sets it all back to zero.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "node/loop_turns.h"
#include "node/rate_meter.h"
#include "protocol/command_table.h"

namespace cachekit::node {

/// One command, or one subcommand. Commands are not timed one by one: reading a clock twice costs
/// as much as a GET.
struct CommandStatistics {
  std::uint64_t calls = 0;
  std::uint64_t rejected_calls = 0;  ///< Refused before they were executed.
  std::uint64_t failed_calls = 0;    ///< Executed, and answered by an error.
};

struct Statistics {
  std::uint64_t connections_received = 0;
  std::uint64_t rejected_connections = 0;
  std::uint64_t commands_processed = 0;
  std::uint64_t reads_processed = 0;
  std::uint64_t writes_processed = 0;
  std::uint64_t net_input_bytes = 0;
  std::uint64_t net_output_bytes = 0;
  std::uint64_t error_replies = 0;
  std::size_t peak_memory_bytes = 0;
  std::uint64_t full_copies = 0;             ///< Begun, for replicas.
  std::uint64_t partial_copies = 0;          ///< Replicas that went on where they were.
  std::uint64_t refused_partial_copies = 0;  ///< Replicas that named data and got a full copy.

  /// By CommandId.
  std::vector<CommandStatistics> commands =
      std::vector<CommandStatistics>(protocol::commands().size());

  /// By full name, as in "client|list". Their views are those of the tables of subcommands.
  std::map<std::string_view, CommandStatistics> subcommands;

  /// By the first word of the error; the words are our own, so they are few.
  std::map<std::string, std::uint64_t, std::less<>> errors;

  /// Empty unless the settings ask for it.
  LoopTurns loop_turns;

  RateMeter command_rate;
  RateMeter input_rate;
  RateMeter output_rate;

  /// `reply` is an error's line, with or without its '-'.
  void count_error(std::string_view reply) {
    ++error_replies;
    if (reply.starts_with('-')) reply.remove_prefix(1);
    const std::string_view code = reply.substr(0, reply.find_first_of(" \r\n"));
    const auto found = errors.find(code);
    if (found != errors.end()) {
      ++found->second;
    } else {
      errors.emplace(code, 1);
    }
  }
};

}  // namespace cachekit::node
