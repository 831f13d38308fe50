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

CommandParser::Status next_of_exact_block(CommandParser& parser, std::string_view unread,
                                          const CommandParser::Limits& limits, Parsed& parsed) {
  const ExactCopy block(unread);
  const auto status = parser.next(block.view(), limits);
  if (status == CommandParser::Status::complete) {
    parsed.commands.emplace_back(parser.arguments().begin(), parser.arguments().end());
  }
  return status;
}

// Parses what has arrived; false after an error.
bool parse_arrived(CommandParser& parser, std::string_view arrived,
                   const CommandParser::Limits& limits, Parsed& parsed) {
  while (parsed.consumed < arrived.size()) {
    const std::string_view unread = arrived.substr(parsed.consumed);
    switch (next_of_exact_block(parser, unread, limits, parsed)) {
      case CommandParser::Status::incomplete:
        require(parser.needed() > unread.size(), "needs no more than it was given");
        return true;
      case CommandParser::Status::error:
        parsed.error = parser.error();
        return false;
      case CommandParser::Status::complete:
        require(parser.consumed() > 0, "a command took no byte");
        require(parser.consumed() <= unread.size(), "a command took more than there was");
        parsed.consumed += parser.consumed();
    }
  }
  return true;
}

Parsed parse(std::string_view stream, std::string_view slice_sizes,
             const CommandParser::Limits& limits) {
  CommandParser parser;
  Parsed parsed;
  std::size_t choice = 0;
  for (std::size_t arrived = 0; arrived < stream.size();) {
    const auto size = slice_sizes.empty()
                          ? stream.size()
                          : std::size_t{1} + static_cast<unsigned char>(
                                                 slice_sizes[choice++ % slice_sizes.size()]);
    arrived = std::min(arrived + size, stream.size());
    if (!parse_arrived(parser, stream.substr(0, arrived), limits, parsed)) break;
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
  const Parsed again = parse(serialized(whole.commands), choices, {});
  require(again.commands == whole.commands && again.error.empty(),
          "what was parsed and written again is not the same");
  return 0;
}
