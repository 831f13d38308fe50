#include "protocol/command_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace cachekit::protocol {
namespace {

using Arguments = std::vector<std::string_view>;

// The positions of the keys of a call.
std::vector<std::size_t> key_positions(CommandId id, std::size_t argument_count) {
  const KeyRange range = keys_of(command(id), argument_count);
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < range.count; ++i) positions.push_back(range.first + i * range.step);
  return positions;
}

using Positions = std::vector<std::size_t>;

Retry retry_of(const Arguments& arguments) {
  return retry_class(*find_command(arguments.front()), arguments);
}

// A capital, or the dot behind the prefix of what is cachekit's own.
bool is_of_a_name(char c) { return (c >= 'A' && c <= 'Z') || c == '.'; }

char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// What find_command() is to find.
const CommandSpec* plainly_found(std::string_view name) {
  for (const CommandSpec& spec : commands()) {
    const bool same = std::equal(spec.name.begin(), spec.name.end(), name.begin(), name.end(),
                                 [](char a, char b) { return a == capital(b); });
    if (same) return &spec;
  }
  return nullptr;
}

TEST_CASE("every row is sane") {
  std::set<std::string_view> names;
  for (const CommandSpec& spec : commands()) {
    CAPTURE(spec.name);
    CHECK(!spec.name.empty());
    CHECK(std::all_of(spec.name.begin(), spec.name.end(), is_of_a_name));
    CHECK(names.insert(spec.name).second);
    CHECK(spec.arity != 0);
    CHECK(!spec.group.empty());
    CHECK(!spec.since.empty());
    CHECK(spec.summary.ends_with('.'));
  }
}

TEST_CASE("every row stands at its id and is found by its name") {
  for (const CommandSpec& spec : commands()) {
    CAPTURE(spec.name);
    CHECK(&command(spec.id) == &spec);
    CHECK(find_command(spec.name) == &spec);
  }
}

TEST_CASE("a name with any one byte changed is found as a plain search finds it") {
  for (const CommandSpec& spec : commands()) {
    CAPTURE(spec.name);
    std::string name(spec.name);
    std::size_t differences = 0;
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        name[at] = static_cast<char>(byte);
        if (find_command(name) != plainly_found(name)) ++differences;
      }
      name[at] = spec.name[at];
    }
    CHECK(differences == 0);
  }
}

TEST_CASE("keys stand within the arguments that a command must have") {
  for (const CommandSpec& spec : commands()) {
    CAPTURE(spec.name);
    if (spec.first_key == 0) {
      CHECK(spec.last_key == 0);
      CHECK(spec.key_step == 0);
      continue;
    }
    const int least = spec.arity < 0 ? -spec.arity : spec.arity;
    CHECK(spec.first_key >= 1);
    CHECK(spec.first_key < least);
    CHECK(spec.last_key < least);
    CHECK(spec.key_step >= 1);
  }
}

TEST_CASE("what reads may be repeated, and what may be repeated does not write by steps") {
  for (const CommandSpec& spec : commands()) {
    CAPTURE(spec.name);
    if (spec.access == Access::read) CHECK(spec.retry == Retry::read);
    if (spec.access == Access::write) CHECK(spec.retry != Retry::read);
    if (spec.has(command_flag::denyoom)) CHECK(spec.access == Access::write);
  }
}

TEST_CASE("a command is found in any case") {
  CHECK(find_command("get") == &command(CommandId::get));
  CHECK(find_command("gEtRaNgE") == &command(CommandId::getrange));
  CHECK(find_command("IncrByFloat") == &command(CommandId::incrbyfloat));
}

TEST_CASE("what is no command is not found") {
  for (const std::string_view name :
       {"", "GE", "GETT", "ZADD", "SET ", "a name that is too long"}) {
    CAPTURE(name);
    CHECK(find_command(name) == nullptr);
  }
  CHECK(find_command(std::string_view("GET\0", 4)) == nullptr);
}

TEST_CASE("letters differ from other characters that case folding would mix up") {
  CHECK(find_command("\x47\x45\x54") != nullptr);  // GET
  CHECK(find_command("'%4") == nullptr);           // the same less 32
  CHECK(find_command("\xc7\xc5\xd4") == nullptr);  // the same plus 128
}

TEST_CASE("accepts() counts the name as an argument") {
  const CommandSpec& exact = command(CommandId::get);
  CHECK_FALSE(exact.accepts(1));
  CHECK(exact.accepts(2));
  CHECK_FALSE(exact.accepts(3));
  const CommandSpec& least = command(CommandId::set);
  CHECK_FALSE(least.accepts(2));
  CHECK(least.accepts(3));
  CHECK(least.accepts(30));
}

TEST_CASE("keys_of finds the keys of every shape of command") {
  CHECK(key_positions(CommandId::get, 2) == Positions{1});
  CHECK(key_positions(CommandId::set, 6) == Positions{1});
  CHECK(key_positions(CommandId::mget, 4) == Positions{1, 2, 3});
  CHECK(key_positions(CommandId::mset, 5) == Positions{1, 3});
  CHECK(key_positions(CommandId::del, 2) == Positions{1});
  CHECK(key_positions(CommandId::rename, 3) == Positions{1, 2});
  CHECK(key_positions(CommandId::ping, 2) == Positions{});
  CHECK(key_positions(CommandId::scan, 2) == Positions{});
  CHECK(key_positions(CommandId::object, 3) == Positions{2});
  CHECK(key_positions(CommandId::object, 2) == Positions{});
  CHECK(key_positions(CommandId::memory, 5) == Positions{2});
  CHECK(key_positions(CommandId::memory, 2) == Positions{});
}

TEST_CASE("keys that only the arguments tell") {
  const auto first_and_count = [](const Arguments& arguments) {
    const KeyRange range = keys_of(*find_command(arguments.front()), arguments);
    return std::pair(range.count > 0 ? range.first : 0, range.count);
  };
  using Range = std::pair<std::size_t, std::size_t>;
  CHECK(first_and_count({"OBJECT", "ENCODING", "k"}) == Range{2, 1});
  CHECK(first_and_count({"OBJECT", "HELP"}) == Range{0, 0});
  CHECK(first_and_count({"MEMORY", "usage", "k", "SAMPLES", "5"}) == Range{2, 1});
  CHECK(first_and_count({"MEMORY", "STATS"}) == Range{0, 0});
  CHECK(first_and_count({"SINTERCARD", "2", "a", "b", "LIMIT", "5"}) == Range{2, 2});
  for (const char* count : {"0", "3", "-1", "x", "", "99999999999999999999"}) {
    CHECK(first_and_count({"SINTERCARD", count, "a", "b"}) == Range{0, 0});
  }
  CHECK(first_and_count({"MSET", "a", "1", "b", "2"}) == Range{1, 2});
}

TEST_CASE("keys_of never points beyond the arguments, however few there are") {
  for (const CommandSpec& spec : commands()) {
    CAPTURE(spec.name);
    for (std::size_t count = 0; count < 12; ++count) {
      for (const std::size_t position : key_positions(spec.id, count)) {
        CHECK(position >= 1);
        CHECK(position < count);
      }
    }
  }
}

TEST_CASE("a plain SET leaves the same state when repeated") {
  CHECK(retry_of({"SET", "k", "v"}) == Retry::same_state);
  CHECK(retry_of({"set", "k", "v", "EX", "10"}) == Retry::same_state);
  CHECK(retry_of({"SET", "NX", "XX"}) == Retry::same_state);
}

TEST_CASE("a SET that depends on or returns the old value must not be repeated") {
  CHECK(retry_of({"SET", "k", "v", "NX"}) == Retry::never);
  CHECK(retry_of({"SET", "k", "v", "EX", "10", "xx"}) == Retry::never);
  CHECK(retry_of({"SET", "k", "v", "Get"}) == Retry::never);
  CHECK(retry_of({"SET", "k", "v", "ifeq", "old"}) == Retry::never);
}

TEST_CASE("commands that count, take or move are never repeated") {
  for (const std::string_view name :
       {"INCR", "APPEND", "GETDEL", "RENAME", "SETNX", "DELIFEQ", "EXEC"}) {
    CAPTURE(name);
    CHECK(find_command(name)->retry == Retry::never);
  }
}

}  // namespace
}  // namespace cachekit::protocol
