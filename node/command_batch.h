// Commands that have arrived together, read ahead so that the memory they will touch is on its way
// before the first of them is executed.
//
// Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "node/storage/store.h"
#include "protocol/command_parser.h"
#include "protocol/command_table.h"

namespace cachekit::node {

class CommandBatch {
 public:
  /// Read ahead at most: enough to hide the latency of memory, and few enough to stay in the cache.
  static constexpr std::size_t most_commands = 32;

  struct Command {
    const protocol::CommandSpec* spec;  ///< nullptr for a name that is not known.
    std::span<const std::string_view> arguments;
    std::size_t end;  ///< Where it ends in the input.
  };

  /// What was read is forgotten.
  void clear() {
    commands_.clear();
    words_.clear();
    hashes_.clear();
    if (words_.capacity() > most_kept_words) give_words_back();
  }

  /// Reads whole commands from the start of `input`, `most` at most. Complete if there is any; if
  /// not, what the parser said, whose error() is still there; or complete after empty lines alone.
  /// Views `input`.
  protocol::CommandParser::Status read(protocol::CommandParser& parser,
                                       const protocol::CommandParser::Limits& limits,
                                       std::string_view input, std::size_t most);

  /// Fetches what the commands' first keys need: the table first, and the entries, of the keys that
  /// prefetch_table() has noted, when that has had time to arrive.
  void prefetch_table(const storage::Store& store);
  void prefetch_entries(const storage::Store& store) const;

  std::span<const Command> commands() const { return commands_; }

  /// Bytes of empty lines, if there was no command.
  std::size_t skipped() const { return skipped_; }

 private:
  // What a larger command took is given back.
  static constexpr std::size_t most_kept_words = 4096;

  void give_words_back();

  std::vector<Command> commands_;
  std::vector<std::string_view> words_;  // of all commands
  std::vector<std::uint64_t> hashes_;    // of the keys whose table has been fetched
  std::size_t skipped_ = 0;
};

}  // namespace cachekit::node
