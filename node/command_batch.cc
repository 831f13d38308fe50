#include "node/command_batch.h"

#include <algorithm>

namespace cachekit::node {
namespace {

// Beyond, a command is executed for itself, so that the words of a batch stay few.
constexpr std::size_t most_words = 1024;

}  // namespace

void CommandBatch::give_words_back() { words_.shrink_to_fit(); }

protocol::CommandParser::Status CommandBatch::read(protocol::CommandParser& parser,
                                                   const protocol::CommandParser::Limits& limits,
                                                   std::string_view input, std::size_t most) {
  using protocol::CommandParser;
  using Status = CommandParser::Status;
  clear();
  most = std::min(most, most_commands);
  std::size_t position = 0;
  // Shown an empty rest, the parser would take what comes next for the end of a command, and have
  // to read that the long way.
  Status status = Status::incomplete;
  while (position < input.size() && commands_.size() < most && words_.size() < most_words) {
    const std::string_view rest = input.substr(position);
    const std::size_t first = words_.size();
    std::size_t size =
        parser.between_commands() ? CommandParser::take_whole(rest, limits, words_) : 0;
    const bool whole = size > 0;
    if (!whole) {
      status = parser.read_on(rest, limits);
      if (status != Status::complete) break;
      size = parser.consumed();
      words_.insert(words_.end(), parser.arguments().begin(), parser.arguments().end());
    }
    position += size;
    if (words_.size() == first) continue;
    commands_.push_back({protocol::find_command(words_[first]),
                         {words_.begin() + static_cast<std::ptrdiff_t>(first), words_.end()},
                         position});
    if (!whole && parser.inline_command()) break;  // which views the parser
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
