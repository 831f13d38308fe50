#include "node/commands/glob.h"

#include <doctest/doctest.h>

#include <string>

namespace cachekit::node::commands {
namespace {

TEST_CASE("plain bytes match themselves") {
  CHECK(glob_matches("abc", "abc"));
  CHECK_FALSE(glob_matches("abc", "abd"));
  CHECK_FALSE(glob_matches("abc", "ab"));
  CHECK_FALSE(glob_matches("ab", "abc"));
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("", "a"));
}

TEST_CASE("a question mark matches one byte, a star any run") {
  CHECK(glob_matches("h?llo", "hello"));
  CHECK_FALSE(glob_matches("h?llo", "hllo"));
  CHECK(glob_matches("h*llo", "hllo"));
  CHECK(glob_matches("h*llo", "heeeello"));
  CHECK(glob_matches("*", "anything"));
  CHECK(glob_matches("a*", "a"));
  CHECK(glob_matches("a**", "a"));
  CHECK(glob_matches("*a*b*", "xaxxbx"));
  CHECK_FALSE(glob_matches("*a*b*", "xbxxax"));
  CHECK_FALSE(glob_matches("a*b", "abc"));
}

TEST_CASE("a class matches one of its bytes") {
  CHECK(glob_matches("h[ae]llo", "hallo"));
  CHECK_FALSE(glob_matches("h[ae]llo", "hillo"));
  CHECK(glob_matches("h[^e]llo", "hallo"));
  CHECK_FALSE(glob_matches("h[^e]llo", "hello"));
  CHECK(glob_matches("h[a-c]llo", "hbllo"));
  CHECK(glob_matches("h[c-a]llo", "hbllo"));
  CHECK_FALSE(glob_matches("h[a-c]llo", "hdllo"));
  CHECK(glob_matches("[\\]]", "]"));
  CHECK(glob_matches("[abc", "b"));
  CHECK_FALSE(glob_matches("[abc", "d"));
  CHECK_FALSE(glob_matches("[", "["));
  CHECK_FALSE(glob_matches("[]", "a"));
}

TEST_CASE("a backslash takes the next byte literally") {
  CHECK(glob_matches("\\*", "*"));
  CHECK_FALSE(glob_matches("\\*", "a"));
  CHECK(glob_matches("a\\?b", "a?b"));
  CHECK(glob_matches("a\\", "a\\"));
}

// Exponential matching would not end within any time limit.
TEST_CASE("many stars take no more than pattern times text") {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  CHECK_FALSE(glob_matches(pattern + "b", std::string(10'000, 'a')));
}

}  // namespace
}  // namespace cachekit::node::commands
