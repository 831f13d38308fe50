// How long it takes to parse a pipeline of commands as a node reads it: whole, and in pieces of
// the size of one packet.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/command_parser.h"
#include "protocol/command_writer.h"

namespace cachekit::protocol {
namespace {

constexpr std::size_t pipelined_commands = 64;

std::string pipeline(std::vector<std::string_view> command) {
  std::string bytes;
  for (std::size_t i = 0; i < pipelined_commands; ++i) append_command(bytes, command);
  return bytes;
}

// Parses what has arrived in pieces; returns the number of arguments, so that nothing is left out.
std::size_t parse(CommandParser& parser, std::string_view stream, std::size_t piece_bytes) {
  std::size_t arguments = 0;
  std::size_t parsed = 0;
  for (std::size_t arrived = 0; arrived < stream.size();) {
    arrived = std::min(arrived + piece_bytes, stream.size());
    while (parsed < arrived && parser.next(stream.substr(parsed, arrived - parsed), {}) ==
                                   CommandParser::Status::complete) {
      arguments += parser.arguments().size();
      parsed += parser.consumed();
    }
  }
  return arguments;
}

void run(benchmark::State& state, const std::string& stream, std::size_t piece_bytes) {
  CommandParser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parse(parser, stream, piece_bytes));
  const auto iterations = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(iterations * static_cast<std::int64_t>(pipelined_commands));
  state.SetBytesProcessed(iterations * static_cast<std::int64_t>(stream.size()));
}

void parse_get(benchmark::State& state) {
  const std::string key(50, 'k');
  const std::string stream = pipeline({"GET", key});
  run(state, stream, stream.size());
}
BENCHMARK(parse_get);

void parse_set(benchmark::State& state) {
  const std::string key(50, 'k');
  const std::string value(static_cast<std::size_t>(state.range(0)), 'v');
  const std::string stream = pipeline({"SET", key, value});
  run(state, stream, stream.size());
}
BENCHMARK(parse_set)->ArgName("value_bytes")->Arg(500)->Arg(10'000);

void parse_set_in_packets(benchmark::State& state) {
  const std::string key(50, 'k');
  const std::string value(static_cast<std::size_t>(state.range(0)), 'v');
  run(state, pipeline({"SET", key, value}), 1448);
}
BENCHMARK(parse_set_in_packets)->ArgName("value_bytes")->Arg(500)->Arg(10'000);

void parse_inline_get(benchmark::State& state) {
  std::string stream;
  for (std::size_t i = 0; i < pipelined_commands; ++i) {
    stream += fmt::format("get {}\r\n", std::string(50, 'k'));
  }
  run(state, stream, stream.size());
}
BENCHMARK(parse_inline_get);

}  // namespace
}  // namespace cachekit::protocol
