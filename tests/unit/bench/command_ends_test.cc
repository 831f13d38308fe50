#include "bench/compare/command_ends.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cachekit::test {
namespace {

using bench::compare::CommandEnds;

// Words of the commands that ended, when the stream comes in pieces of so many bytes.
std::vector<std::size_t> words_of(std::string_view stream, std::size_t piece) {
  CommandEnds ends;
  std::vector<std::size_t> words;
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    ends.feed(stream.substr(0, piece), [&](std::size_t count, const char* end) {
      CHECK(end[-1] == '\n');
      words.push_back(count);
    });
  }
  return words;
}

TEST_CASE("the ends of commands are found however the stream is cut") {
  const std::string stream =
      "*2\r\n$3\r\nGET\r\n$5\r\n*1\r\n$\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nabcdefghijkl\r\n"
      "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    CHECK(words_of(stream, piece) == std::vector<std::size_t>{2, 3, 1, 2});
  }
}

TEST_CASE("a command whose last byte is missing has not ended") {
  CHECK(words_of("*1\r\n$4\r\nPING\r", 100).empty());
}

}  // namespace
}  // namespace cachekit::test
