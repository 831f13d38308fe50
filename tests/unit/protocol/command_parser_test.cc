#include "protocol/command_parser.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "protocol/command_writer.h"
#include "tests/support/seed.h"

namespace cachekit::protocol {
namespace {

using Status = CommandParser::Status;
using Words = std::vector<std::string>;

struct Parsed {
  std::vector<Words> commands;
  std::string error;

  bool operator==(const Parsed&) const = default;
};

// Reads whatever is complete in `unread` and drops it from there.
void parse_available(CommandParser& parser, std::string& unread,
                     const CommandParser::Limits& limits, Parsed& parsed) {
  while (parsed.error.empty()) {
    const Status status = parser.next(unread, limits);
    if (status == Status::incomplete) return;
    if (status == Status::error) {
      parsed.error = parser.error();
      return;
    }
    parsed.commands.emplace_back(parser.arguments().begin(), parser.arguments().end());
    unread.erase(0, parser.consumed());
    if (unread.empty()) return;
  }
}

// Feeds the stream in pieces of the sizes that `piece_size` returns.
template <class PieceSize>
Parsed parse_in_pieces(std::string_view stream, PieceSize piece_size,
                       const CommandParser::Limits& limits = {}) {
  CommandParser parser;
  Parsed parsed;
  std::string unread;
  for (std::size_t position = 0; position < stream.size() && parsed.error.empty();) {
    const std::string_view piece = stream.substr(position, piece_size());
    unread.append(piece);
    position += piece.size();
    parse_available(parser, unread, limits, parsed);
  }
  return parsed;
}

Parsed parse(std::string_view stream, const CommandParser::Limits& limits = {}) {
  const auto whole = [&] { return stream.size(); };
  return parse_in_pieces(stream, whole, limits);
}

std::string error_of(std::string_view stream, const CommandParser::Limits& limits = {}) {
  return parse(stream, limits).error;
}

bool is_incomplete(std::string_view stream) { return parse(stream) == Parsed{}; }

std::string wire(const Words& words) {
  std::string bytes;
  const std::vector<std::string_view> views(words.begin(), words.end());
  append_command(bytes, views);
  return bytes;
}

// A stream of well-formed commands, some inline, with bytes of every value in the arguments.
std::string random_stream(std::mt19937_64& random) {
  std::string stream;
  for (std::size_t command = 0; command < 1 + random() % 5; ++command) {
    if (random() % 4 == 0) {
      stream += fmt::format("  set \"a\\x{:02x}b\" 'it\\'s' {}\r\n", random() % 256, random());
      continue;
    }
    Words words;
    for (std::size_t word = 0; word < random() % 6; ++word) {
      std::string bytes(random() % 40, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      words.push_back(bytes);
    }
    stream += wire(words);
  }
  return stream;
}

TEST_CASE("an array of bulk strings is a command") {
  CHECK(parse("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n").commands == std::vector<Words>{{"GET", "k"}});
}

TEST_CASE("arguments may hold any byte, and none") {
  const Words words = {"SET", std::string("\0\r\n$\xff", 5), ""};
  CHECK(parse(wire(words)).commands == std::vector<Words>{words});
}

TEST_CASE("commands follow one another in one input") {
  CHECK(parse(wire({"A"}) + wire({"B", "1"}) + "c d\n").commands ==
        std::vector<Words>{{"A"}, {"B", "1"}, {"c", "d"}});
}

TEST_CASE("the short way takes a whole command or nothing, and leaves what was there") {
  const std::string value(1234, 'v');
  const std::string command = wire({"SET", "k", value});
  std::vector<std::string_view> words{"before"};
  for (std::size_t size = 0; size < command.size(); ++size) {
    const std::string begun(command, 0, size);
    CHECK(CommandParser::take_whole(begun, {}, words) == 0);
    CHECK(words == std::vector<std::string_view>{"before"});
  }
  const std::string more = command + "*1\r\n";
  CHECK(CommandParser::take_whole(more, {}, words) == command.size());
  CHECK(words == std::vector<std::string_view>{"before", "SET", "k", value});
}

TEST_CASE("consumed() is the size of the command alone") {
  CommandParser parser;
  const std::string first = wire({"PING"});
  REQUIRE(parser.next(first + "*1\r\n$4", {}) == Status::complete);
  CHECK(parser.consumed() == first.size());
}

TEST_CASE("an empty array, a negative count and an empty line are empty commands") {
  for (const std::string_view stream : {"*0\r\n", "*-1\r\n", "*-7\r\n", "\r\n", "\n", "  \t\r\n"}) {
    CAPTURE(stream);
    CHECK(parse(stream).commands == std::vector<Words>{{}});
  }
}

TEST_CASE("any slicing of a stream gives the same commands") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 2000; ++round) {
    const std::string stream = random_stream(random);
    const Parsed whole = parse(stream);
    REQUIRE(whole.error == "");
    CHECK(parse_in_pieces(stream, [] { return std::size_t{1}; }) == whole);
    CHECK(parse_in_pieces(stream, [&] { return std::size_t{1 + random() % 20}; }) == whole);
  }
}

TEST_CASE("any slicing of a damaged stream gives the same commands and the same error") {
  std::mt19937_64 random(test::seed() + 1);
  for (int round = 0; round < 2000; ++round) {
    std::string stream = random_stream(random);
    for (std::size_t change = 0; change < 1 + random() % 3 && !stream.empty(); ++change) {
      stream[random() % stream.size()] = "*$\r\n0123456789-ab\""[random() % 18];
    }
    const Parsed whole = parse(stream);
    CHECK(parse_in_pieces(stream, [] { return std::size_t{1}; }) == whole);
    CHECK(parse_in_pieces(stream, [&] { return std::size_t{1 + random() % 20}; }) == whole);
  }
}

TEST_CASE("what needed() asks for is never more than completes the command") {
  const std::string stream = wire({"SET", "key", std::string(1000, 'v')});
  for (std::size_t size = 0; size < stream.size(); ++size) {
    CommandParser parser;
    REQUIRE(parser.next(std::string_view(stream).substr(0, size), {}) == Status::incomplete);
    CHECK(parser.needed() > size);
    CHECK(parser.needed() <= stream.size());
  }
}

TEST_CASE("a bulk's header tells how much is needed to read it") {
  CommandParser parser;
  REQUIRE(parser.next("*1\r\n$1000\r\nabc", {}) == Status::incomplete);
  CHECK(parser.needed() == std::string_view("*1\r\n$1000\r\n").size() + 1000 + 2);
}

TEST_CASE("a count that is no count is refused") {
  for (const std::string_view count :
       {"", "a", "1a", "+1", "01", "-0", " 1", "1 ", "1.0", "1048577", "1000000000",
        "99999999999999999999", "-", "--1"}) {
    CAPTURE(count);
    CHECK(error_of(fmt::format("*{}\r\n", count)) ==
          "ERR Protocol error: invalid multibulk length");
  }
}

TEST_CASE("a bulk size that is no size is refused") {
  for (const std::string_view size :
       {"", "a", "-1", "-0", "+1", "01", "1 ", "536870913", "99999999999999999999"}) {
    CAPTURE(size);
    CHECK(error_of(fmt::format("*1\r\n${}\r\n", size)) ==
          "ERR Protocol error: invalid bulk length");
  }
}

TEST_CASE("a header line ends with CR LF") {
  CHECK(error_of("*1\r$4\r\nPING\r\n") == "ERR Protocol error: invalid multibulk length");
  CHECK(error_of("*1\r\n$4\rPING\r\n") == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("an argument must be a bulk string") {
  CHECK(error_of("*1\r\n:4\r\n") == "ERR Protocol error: expected '$', got ':'");
  CHECK(error_of("*2\r\n$1\r\na\r\nPING\r\n") == "ERR Protocol error: expected '$', got 'P'");
}

TEST_CASE("a bulk must be followed by CR LF") {
  CHECK(error_of("*1\r\n$4\r\nPINGPONG\r\n") == "ERR Protocol error: expected CR LF after a bulk");
  CHECK(error_of("*1\r\n$4\r\nPING\n\r") == "ERR Protocol error: expected CR LF after a bulk");
}

TEST_CASE("quotes of an inline command must balance") {
  CHECK(error_of("get \"a\r\n") == "ERR Protocol error: unbalanced quotes in request");
}

TEST_CASE("a line without an end is refused when it is longer than the limit") {
  const std::string longest(max_line_bytes, '1');
  CHECK(is_incomplete(longest));
  CHECK(error_of(longest + "1") == "ERR Protocol error: too big inline request");
  CHECK(error_of("*" + longest) == "ERR Protocol error: too big mbulk count string");
  CHECK(error_of("*1\r\n$" + longest) == "ERR Protocol error: too big bulk count string");
}

TEST_CASE("a line that is too long is refused even if its end has come with it") {
  const std::string longest(max_line_bytes, 'a');
  CHECK(parse(longest + "\n").commands == std::vector<Words>{{longest}});
  CHECK(error_of(longest + "a\n") == "ERR Protocol error: too big inline request");
  CHECK(error_of("*" + longest + "\r\n") == "ERR Protocol error: too big mbulk count string");
  CHECK(error_of("*1\r\n$" + longest + "\r\n") == "ERR Protocol error: too big bulk count string");
}

TEST_CASE("the limits on arguments and bulks can be lowered") {
  CommandParser::Limits limits;
  limits.arguments = 2;
  limits.bulk_bytes = 3;
  CHECK(parse("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", limits).commands.size() == 1);
  CHECK(error_of("*3\r\n", limits) == "ERR Protocol error: invalid multibulk length");
  CHECK(error_of("*1\r\n$4\r\n", limits) == "ERR Protocol error: invalid bulk length");
}

TEST_CASE("a stranger may send little") {
  CommandParser::Limits stranger;
  stranger.authenticated = false;
  CHECK(error_of("*10\r\n", stranger) == "");
  CHECK(error_of("*11\r\n", stranger) == "ERR Protocol error: unauthenticated multibulk length");
  CHECK(error_of("*1\r\n$16384\r\n", stranger) == "");
  CHECK(error_of("*1\r\n$16385\r\n", stranger) ==
        "ERR Protocol error: unauthenticated bulk length");
}

TEST_CASE("a count promises nothing: a million arguments reserve no memory before they come") {
  CommandParser parser;
  CHECK(parser.next("*1048576\r\n", {}) == Status::incomplete);
  CHECK(parser.needed() == 11);
}

TEST_CASE("a command of many arguments is read, and the next one too") {
  const Words many(5000, "argument");
  CHECK(parse(wire(many) + wire({"PING"})).commands == std::vector<Words>{many, {"PING"}});
}

TEST_CASE("the input may move in memory between two pieces") {
  const std::string stream = wire({"SET", "key", "value"});
  CommandParser parser;
  for (std::size_t size = 1; size < stream.size(); ++size) {
    const std::string elsewhere = stream.substr(0, size);
    REQUIRE(parser.next(elsewhere, {}) == Status::incomplete);
  }
  const std::string last = stream;
  REQUIRE(parser.next(last, {}) == Status::complete);
  CHECK(Words(parser.arguments().begin(), parser.arguments().end()) ==
        Words{"SET", "key", "value"});
}

}  // namespace
}  // namespace cachekit::protocol
