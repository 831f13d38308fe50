#include "node/command_batch.h"

#include <algorithm>

namespace cachekit::node {
namespace {

// Beyond, a command is executed for itself, so that the words of a batch stay few.
constexpr std::size_t most_words = 1024;

// What a larger command took is given back.
constexpr std::size_t most_kept_words = 4 * most_words;

}  // namespace

void CommandBatch::clear() {
  commands_.clear();
  words_.clear();
  hashes_.clear();
  if (words_.capacity() > most_kept_words) words_.shrink_to_fit();
}

protocol::CommandParser::Status CommandBatch::read(protocol::CommandParser& parser,
                                                   const protocol::CommandParser::Limits& limits,
                                                   std::string_view input, std::size_t most) {
  using Status = protocol::CommandParser::Status;
  clear();
  std::size_t position = 0;
  // Shown an empty rest, the parser would take what comes next for the end of a command, and have
  // to read that the long way.
  Status status = Status::incomplete;
  while (position < input.size() && commands_.size() < std::min(most, most_commands) &&
         words_.size() < most_words) {
    status = parser.next(input.substr(position), limits);
    if (status != Status::complete) break;
    position += parser.consumed();
    const auto arguments = parser.arguments();
    if (arguments.empty()) continue;
    words_.insert(words_.end(), arguments.begin(), arguments.end());
    commands_.push_back({protocol::find_command(arguments[0]), arguments, position});
    if (parser.inline_command()) break;  // which views the parser
  }
  // Of what is incomplete the parser has noted where it stands behind the others.
  if (position > 0) parser.restart();
  skipped_ = position;
  if (commands_.empty()) return status;

  // The words lie where they will stay only now.
  std::span<const std::string_view> words = words_;
  for (Command& command : commands_) {
    const std::size_t count = command.arguments.size();
    command.arguments = words.first(count);
    words = words.subspan(count);
  }
  return Status::complete;
}

void CommandBatch::prefetch_table(const storage::Store& store) {
  for (const Command& command : commands_) {
    const auto first = command.spec != nullptr ? command.spec->first_key : 0;
    const auto at = static_cast<std::size_t>(first);
    if (at == 0 || at >= command.arguments.size()) continue;
    hashes_.push_back(store.prefetch_table(command.arguments[at]));
  }
}

void CommandBatch::prefetch_entries(const storage::Store& store) const {
  for (const std::uint64_t hash : hashes_) store.prefetch_entry(hash);
}

}  // namespace cachekit::node
