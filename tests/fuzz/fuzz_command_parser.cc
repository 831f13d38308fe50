// The command parser against any bytes: however they are sliced the result is the same, and what
// was parsed, written again and parsed again is the same.
//
// The first bytes of the input choose the limits and where to slice; the rest is the stream.
// Every call gets the unread bytes in a block of exactly their size, so that the address sanitizer
// sees a read beyond them.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/command_parser.h"
#include "protocol/command_writer.h"
#include "tests/fuzz/check.h"

namespace {

using cachekit::fuzz::ExactCopy;
using cachekit::fuzz::require;
using cachekit::protocol::CommandParser;
using Words = std::vector<std::string>;

// Choices that the fuzzer makes: sizes of slices, in turn.
constexpr std::size_t choice_bytes = 8;

struct Parsed {
  std::vector<Words> commands;
  std::string error;
  std::size_t consumed = 0;

  bool operator==(const Parsed&) const = default;
};

// How the parser is called: by next(), or the short way and then the long one, as by a node.
enum class Caller { plain, node };

struct Step {
  CommandParser::Status status;
  std::size_t size = 0;  // of the command, if there is one
};

Step step(CommandParser& parser, std::string_view unread, const CommandParser::Limits& limits,
          Caller caller, Parsed& parsed) {
  const ExactCopy block(unread);
  if (caller == Caller::node && parser.between_commands()) {
    std::vector<std::string_view> words{"before"};
    const std::size_t size = CommandParser::take_whole(block.view(), limits, words);
    require(words.front() == "before" && (size > 0) == (words.size() > 1),
            "the short way took half a command");
    if (size > 0) {
      parsed.commands.emplace_back(words.begin() + 1, words.end());
      return {CommandParser::Status::complete, size};
    }
  }
  const auto status = caller == Caller::node ? parser.read_on(block.view(), limits)
                                             : parser.next(block.view(), limits);
  if (status != CommandParser::Status::complete) return {status};
  parsed.commands.emplace_back(parser.arguments().begin(), parser.arguments().end());
  return {status, parser.consumed()};
}

// Parses what has arrived; false after an error.
bool parse_arrived(CommandParser& parser, std::string_view arrived,
                   const CommandParser::Limits& limits, Caller caller, Parsed& parsed) {
  while (parsed.consumed < arrived.size()) {
    const std::string_view unread = arrived.substr(parsed.consumed);
    const Step taken = step(parser, unread, limits, caller, parsed);
    switch (taken.status) {
      case CommandParser::Status::incomplete:
        require(parser.needed() > unread.size(), "needs no more than it was given");
        return true;
      case CommandParser::Status::error:
        parsed.error = parser.error();
        return false;
      case CommandParser::Status::complete:
        require(taken.size > 0, "a command took no byte");
        require(taken.size <= unread.size(), "a command took more than there was");
        parsed.consumed += taken.size;
    }
  }
  return true;
}

Parsed parse(std::string_view stream, std::string_view slice_sizes,
             const CommandParser::Limits& limits, Caller caller = Caller::plain) {
  CommandParser parser;
  Parsed parsed;
  std::size_t choice = 0;
  for (std::size_t arrived = 0; arrived < stream.size();) {
    const auto size = slice_sizes.empty()
                          ? stream.size()
                          : std::size_t{1} + static_cast<unsigned char>(
                                                 slice_sizes[choice++ % slice_sizes.size()]);
    arrived = std::min(arrived + size, stream.size());
    if (!parse_arrived(parser, stream.substr(0, arrived), limits, caller, parsed)) break;
  }
  return parsed;
}

std::string serialized(const std::vector<Words>& commands) {
  std::string stream;
  for (const Words& words : commands) {
    cachekit::protocol::append_command(stream,
                                       std::vector<std::string_view>(words.begin(), words.end()));
  }
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = cachekit::fuzz::divide(data, size, choice_bytes);
  if (!input) return 0;
  const auto [choices, stream] = *input;
  CommandParser::Limits limits;
  limits.authenticated = choices.front() % 2 == 0;

  const Parsed whole = parse(stream, {}, limits);
  require(parse(stream, choices, limits) == whole, "slicing changed what was parsed");
  require(parse(stream, std::string_view("\0", 1), limits) == whole,
          "one byte at a time changed what was parsed");
  require(parse(stream, choices, limits, Caller::node) == whole, "a node parses something else");
  const Parsed again = parse(serialized(whole.commands), choices, {});
  require(again.commands == whole.commands && again.error.empty(),
          "what was parsed and written again is not the same");
  return 0;
}
