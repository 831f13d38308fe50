// The splitter of inline commands against any line: words that it finds, quoted again in the two
// ways it knows, are found again.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/inline_command.h"
#include "tests/fuzz/check.h"

namespace {

using Words = std::vector<std::string>;

std::string in_double_quotes(const Words& words) {
  std::string line;
  for (const std::string& word : words) {
    line += '"';
    for (const char c : word) line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    line += "\"\t";
  }
  return line;
}

// A backslash at the end of a word would escape the closing quote, so it is quoted doubly.
std::string in_single_quotes(const Words& words) {
  std::string line;
  for (const std::string& word : words) {
    if (word.find('\\') != std::string::npos) {
      line += in_double_quotes({word});
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("\\'") : std::string(1, c);
    line += "' ";
  }
  return line;
}

void check_found_again(const std::string& line, const Words& words) {
  cachekit::fuzz::require(cachekit::protocol::split_inline_command(line) == words,
                          "words are not found again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cachekit::fuzz::ExactCopy line({reinterpret_cast<const char*>(data), size});
  const auto words = cachekit::protocol::split_inline_command(line.view());
  if (!words) return 0;
  check_found_again(in_double_quotes(*words), *words);
  check_found_again(in_single_quotes(*words), *words);
  return 0;
}
