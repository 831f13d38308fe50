#include "protocol/inline_command.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "tests/support/seed.h"

namespace cachekit::protocol {
namespace {

using Words = std::vector<std::string>;

Words split(std::string_view line) {
  const auto words = split_inline_command(line);
  REQUIRE(words.has_value());
  return *words;
}

bool is_refused(std::string_view line) { return !split_inline_command(line).has_value(); }

TEST_CASE("words are separated by blanks of any number and kind") {
  CHECK(split("  set\tkey   value ") == Words{"set", "key", "value"});
}

TEST_CASE("a line of blanks holds no word") {
  CHECK(split("") == Words{});
  CHECK(split(" \t ") == Words{});
}

TEST_CASE("quotes keep blanks together and may be empty") {
  CHECK(split("set \"a b\" 'c d'") == Words{"set", "a b", "c d"});
  CHECK(split("\"\" ''") == Words{"", ""});
}

TEST_CASE("a quoted part may continue a word, not start one") {
  CHECK(split("pre\"fix\"") == Words{"prefix"});
  CHECK(is_refused("\"pre\"fix"));
  CHECK(is_refused("'pre'fix"));
}

TEST_CASE("double quotes know escapes") {
  CHECK(split(R"("\n\r\t\b\a")") == Words{"\n\r\t\b\a"});
  CHECK(split(R"("\x41\xfF")") == Words{"A\xff"});
  CHECK(split(R"("\"\\\q")") == Words{"\"\\q"});
}

TEST_CASE("an incomplete hexadecimal escape is the letter x") {
  CHECK(split(R"("\x4")") == Words{"x4"});
  CHECK(split(R"("\xzz")") == Words{"xzz"});
}

TEST_CASE("single quotes know only their own escape") {
  CHECK(split(R"('it\'s' '\n')") == Words{"it's", "\\n"});
}

TEST_CASE("each kind of quote may stand in the other") {
  CHECK(split(R"("it's" 'say "x"')") == Words{"it's", "say \"x\""});
}

TEST_CASE("quotes that do not close are refused") {
  for (const std::string_view line : {"\"", "'", "a \"b", "a 'b", R"("a\")", R"('a\')", R"("\)"}) {
    CAPTURE(line);
    CHECK(is_refused(line));
  }
}

TEST_CASE("a backslash outside quotes is a character like any other") {
  CHECK(split(R"(a\n \x41)") == Words{"a\\n", "\\x41"});
}

TEST_CASE("any bytes come back from their hexadecimal form") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 500; ++round) {
    Words words;
    std::string line;
    for (std::size_t word = 0; word < random() % 5; ++word) {
      std::string bytes(random() % 20, '\0');
      line += " \"";
      for (char& byte : bytes) {
        byte = static_cast<char>(random());
        line += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
      line += '"';
      words.push_back(bytes);
    }
    CHECK(split(line) == words);
  }
}

}  // namespace
}  // namespace cachekit::protocol
