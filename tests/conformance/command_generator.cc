#include "tests/conformance/command_generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <numeric>
#include <utility>

#include "tests/conformance/edge_values.h"

namespace cachekit::conformance {
namespace {

constexpr std::size_t longest_key_bytes = 32'768;

using namespace std::string_literals;
using namespace edge_values;

// By chance these would become calls that are right, and answered differently by equal servers; the
// lists they come from hold wrong ones already.
bool can_be_damaged(const Command& command) {
  static const std::string exempt[] = {"RANDOMKEY",   "SCAN",       "TIME",   "COMMAND",
                                       "CLIENT",      "CONFIG",     "HELLO",  "SPOP",
                                       "SRANDMEMBER", "HRANDFIELD", "OBJECT", "MEMORY"};
  return std::find(std::begin(exempt), std::end(exempt), command.words.front()) == std::end(exempt);
}

}  // namespace

Command CommandGenerator::next() {
  if (queued_.empty() && chance(3)) queue_transaction();
  if (!queued_.empty()) {
    Command command = std::move(queued_.front());
    queued_.pop_front();
    return command;
  }
  return random_command();
}

void CommandGenerator::queue_transaction() {
  queued_.push_back({{mixed_case("MULTI")}});
  for (std::uint64_t left = below(7); left > 0;) {
    Command command = random_command();
    if (command.comparison != Comparison::exact) continue;
    queued_.push_back(std::move(command));
    --left;
  }
  if (chance(5)) queued_.push_back({{"MULTI"}});
  queued_.push_back({{mixed_case(chance(85) ? "EXEC" : "DISCARD")}});
}

Command CommandGenerator::random_command() {
  using Make = Command (CommandGenerator::*)();
  static constexpr std::pair<unsigned, Make> weighted[] = {
      {10, &CommandGenerator::string_command},     {7, &CommandGenerator::number_command},
      {5, &CommandGenerator::many_keys_command},   {8, &CommandGenerator::set_command},
      {3, &CommandGenerator::getex_command},       {8, &CommandGenerator::expiry_command},
      {5, &CommandGenerator::key_command},         {3, &CommandGenerator::scan_command},
      {2, &CommandGenerator::connection_command},  {3, &CommandGenerator::wrong_command},
      {14, &CommandGenerator::list_command},       {9, &CommandGenerator::set_member_command},
      {5, &CommandGenerator::set_algebra_command}, {3, &CommandGenerator::random_member_command},
      {10, &CommandGenerator::hash_command},       {1, &CommandGenerator::field_sweep_command},
      {2, &CommandGenerator::copy_command},        {2, &CommandGenerator::object_command}};
  static const std::uint64_t total =
      std::accumulate(std::begin(weighted), std::end(weighted), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& choice) { return sum + choice.first; });
  std::uint64_t left = below(total);
  std::size_t choice = 0;
  while (left >= weighted[choice].first) left -= weighted[choice++].first;
  Command command = (this->*weighted[choice].second)();
  if (command.comparison == Comparison::sweep) return command;
  if (can_be_damaged(command) && chance(4)) command = damaged(std::move(command));
  command.words.front() = mixed_case(command.words.front());
  command.is_inline = chance(4);
  return command;
}

// A word too few, too many, twice, or another one in its place. The name stays.
Command CommandGenerator::damaged(Command command) {
  Words& words = command.words;
  const auto at = static_cast<std::ptrdiff_t>(1 + below(words.size()));
  const bool at_end = static_cast<std::size_t>(at) == words.size();
  switch (below(4)) {
    case 0:
      if (words.size() > 1) words.pop_back();
      break;
    case 1:
      words.push_back(one_of(junk));
      break;
    case 2:
      words.insert(words.begin() + at,
                   at_end ? std::string("XX") : std::string(words[static_cast<std::size_t>(at)]));
      break;
    default:
      if (!at_end) words[static_cast<std::size_t>(at)] = one_of(junk);
      break;
  }
  return command;
}

Command CommandGenerator::string_command() {
  switch (below(14)) {
    case 0:
    case 1:
      return {{"GET", key()}};
    case 2:
      return {{"SET", key(), value()}};
    case 3:
      return {{"SET", key(), integer()}};
    case 4:
      return {{"SETNX", key(), value()}};
    case 5:
      return {{"GETSET", key(), value()}};
    case 6:
      return {{"GETDEL", key()}};
    case 7:
      return {{"APPEND", key(), value()}};
    case 8:
      return {{"STRLEN", key()}};
    case 9:
      return {{"GETRANGE", key(), offset(), offset()}};
    case 10:
      return {{"SETRANGE", key(), offset(), value()}};
    case 11:
      return {{"SETEX", key(), expiry_argument("EX"), value()}};
    case 12:
      return {{"PSETEX", key(), expiry_argument("PX"), value()}};
    default:
      return {{"SET", key(), real()}};
  }
}

Command CommandGenerator::number_command() {
  switch (below(6)) {
    case 0:
      return {{"INCR", key()}};
    case 1:
      return {{"DECR", key()}};
    case 2:
      return {{"INCRBY", key(), integer()}};
    case 3:
      return {{"DECRBY", key(), integer()}};
    case 4:
      return {{"INCRBYFLOAT", key(), real()}};
    default:
      return {{"SET", key(), integer()}};
  }
}

Command CommandGenerator::many_keys_command() {
  static const std::string names[] = {"MGET",   "MGET",  "DEL",  "UNLINK",
                                      "EXISTS", "TOUCH", "MSET", "MSETNX"};
  Command command{{one_of(names)}};
  const bool has_values = command.words.front().starts_with("MSET");
  for (std::uint64_t left = 1 + below(5); left > 0; --left) {
    command.words.push_back(key());
    if (!has_values || chance(2)) continue;
    // Behind a value that was left out the next ones stand for keys, which have a limit.
    command.words.push_back(value().substr(0, longest_key_bytes));
  }
  return command;
}

Command CommandGenerator::set_command() {
  static const std::string expiries[] = {"EX", "PX", "EXAT", "PXAT"};
  static const std::string flags[] = {"NX", "XX", "GET", "KEEPTTL"};
  Command command{{"SET", key(), chance(40) ? integer() : value()}};
  std::vector<Words> options;
  if (chance(60)) {
    const std::string option = one_of(expiries);
    options.push_back({mixed_case(option), expiry_argument(option)});
  }
  if (chance(50)) options.push_back({mixed_case(one_of(flags))});
  if (chance(30)) options.push_back({mixed_case("GET")});
  if (chance(5)) options.push_back({mixed_case(one_of(flags))});
  if (chance(3)) options.push_back({mixed_case(one_of(expiries))});
  if (chance(2)) options.push_back({one_of(junk)});
  while (!options.empty()) {
    const auto at = static_cast<std::ptrdiff_t>(below(options.size()));
    const Words option = options[static_cast<std::size_t>(at)];
    command.words.insert(command.words.end(), option.begin(), option.end());
    options.erase(options.begin() + at);
  }
  return command;
}

Command CommandGenerator::getex_command() {
  static const std::string expiries[] = {"EX", "PX", "EXAT", "PXAT"};
  Command command{{"GETEX", key()}};
  Words& words = command.words;
  if (chance(20)) return command;
  if (chance(25)) {
    words.push_back(mixed_case("PERSIST"));
  } else {
    const std::string option = one_of(expiries);
    words.insert(words.end(), {mixed_case(option), expiry_argument(option)});
  }
  if (chance(5)) words.push_back(chance(50) ? "PERSIST" : one_of(junk));
  return command;
}

Command CommandGenerator::expiry_command() {
  static const std::string conditions[] = {"NX", "XX", "GT", "LT"};
  switch (below(12)) {
    case 0:
      return {{"TTL", key()}, Comparison::seconds};
    case 1:
      return {{"PTTL", key()}, Comparison::millis};
    case 2:
      return {{"EXPIRETIME", key()}, Comparison::seconds};
    case 3:
      return {{"PEXPIRETIME", key()}, Comparison::millis};
    case 4:
      return {{"PERSIST", key()}};
    default:
      break;
  }
  static const std::pair<const char*, const char*> commands[] = {
      {"EXPIRE", "EX"}, {"PEXPIRE", "PX"}, {"EXPIREAT", "EXAT"}, {"PEXPIREAT", "PXAT"}};
  const auto [name, option] = one_of(commands);
  Command command{{name, key(), expiry_argument(option)}};
  for (int more = chance(60) ? 1 : 0; more > 0 && command.words.size() < 6;
       more += chance(12) ? 0 : -1) {
    command.words.push_back(mixed_case(one_of(conditions)));
  }
  return command;
}

Command CommandGenerator::key_command() {
  switch (below(10)) {
    case 0:
    case 1:
      return {{"TYPE", key()}};
    case 2:
    case 3:
      return {{"RENAME", key(), key()}};
    case 4:
    case 5:
      return {{"RENAMENX", key(), key()}};
    case 6:
      return {{"KEYS", one_of(patterns)}, Comparison::unordered};
    case 7:
      return {{"RANDOMKEY"}, Comparison::shape};
    // Keys that have expired but were not yet met still count, so only the type can be compared.
    case 8:
      return {{"DBSIZE"}, Comparison::shape};
    default:
      if (!chance(15)) return {{"EXISTS", key()}};
      Command command{{chance(50) ? "FLUSHALL" : "FLUSHDB"}};
      if (chance(50)) command.words.push_back(mixed_case(chance(50) ? "SYNC" : "ASYNC"));
      return command;
  }
}

Command CommandGenerator::scan_command() {
  if (chance(40)) {
    static const Words wrong[] = {{"SCAN"},
                                  {"SCAN", "abc"},

                                  {"SCAN", "0", "COUNT"},
                                  {"SCAN", "0", "COUNT", "0"},
                                  {"SCAN", "0", "COUNT", "-5"},
                                  {"SCAN", "0", "COUNT", "x"},
                                  {"SCAN", "0", "MATCH"},
                                  {"SCAN", "0", "FOO", "x"},
                                  {"SCAN", "0", "TYPE"},
                                  {"SCAN", " 0"},
                                  {"SCAN", "0 "},
                                  {"SCAN", "99999999999999999999999"}};
    return {one_of(wrong)};
  }
  Command command{{"SCAN"}, Comparison::sweep};
  Words& words = command.words;
  if (chance(50)) words.insert(words.end(), {mixed_case("MATCH"), one_of(patterns)});
  if (chance(50)) words.insert(words.end(), {mixed_case("COUNT"), std::to_string(1 + below(20))});
  static const std::string types[] = {"string", "list", "set", "hash", "zset", "LIST", ""};
  if (chance(20)) words.insert(words.end(), {"TYPE", one_of(types)});
  return command;
}

Command CommandGenerator::connection_command() { return {one_of(connection_commands)}; }

Command CommandGenerator::wrong_command() {
  static const Words choices[] = {{"NOSUCHCOMMAND"},
                                  {"NOSUCHCOMMAND", "a", "b c"},
                                  {"ge"},
                                  {"gett", "a"},
                                  {""},
                                  {"SETT", "a", "b", "c", "d"},
                                  {"it's", "\r\n", "x"},
                                  {"GET\r\n"}};
  if (chance(60)) return {one_of(choices)};
  static const std::string names[] = {
      "GET",   "SET",  "INCR",    "MSET",  "EXPIRE", "RENAME", "GETRANGE", "DBSIZE",
      "TTL",   "KEYS", "PERSIST", "SETEX", "LPUSH",  "LSET",   "LPOS",     "SADD",
      "SMOVE", "HSET", "HINCRBY", "LMOVE", "COPY",   "LREM",   "HGETALL",  "SINTERCARD"};
  Command command{{one_of(names)}};
  for (std::uint64_t left = below(3); left > 0; --left) command.words.push_back(one_of(junk));
  if (command.words.front() == "KEYS") command.comparison = Comparison::unordered;
  if (command.words.front() == "DBSIZE") command.comparison = Comparison::shape;
  return command;
}

std::string CommandGenerator::key() { return one_of(keys); }

std::string CommandGenerator::binary(std::size_t most_bytes) {
  std::string bytes(below(most_bytes + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_());
  return bytes;
}

std::string CommandGenerator::value() {
  const std::uint64_t roll = below(100);
  if (roll < 5) return "";
  if (roll < 30) return integer();
  if (roll < 40) return real();
  if (roll < 70) return fmt::format("value {}", below(1000));
  if (roll < 98) return binary(100);
  return binary(40'000);
}

std::string CommandGenerator::integer() {
  if (chance(6)) return one_of(odd_integers);
  if (chance(50)) return std::to_string(static_cast<std::int64_t>(below(2000)) - 1000);
  return one_of(integers);
}

std::string CommandGenerator::real() {
  if (chance(6)) return one_of(odd_reals);
  if (chance(30)) return integer();
  if (chance(40)) return fmt::format("{:.{}f}", double(below(1000000)) / 7.0, below(8));
  return one_of(reals);
}

std::string CommandGenerator::offset() {
  if (chance(5)) return one_of(odd_integers);
  return one_of(offsets);
}

// Far enough away that no key dies during a test, and random, so that of two equal expiries it
// does not depend on a millisecond which is the later one.
std::string CommandGenerator::seconds() { return std::to_string(1'000'000 + below(100'000'000)); }

std::string CommandGenerator::past_or_future_seconds() {
  static const std::string past[] = {"1", "1000000", "1600000000"};
  if (chance(20)) return one_of(past);
  return std::to_string(4'102'444'800 + below(4));  // the year 2100; few, so that they meet
}

std::string CommandGenerator::expiry_argument(const std::string& option) {
  if (chance(8)) return one_of(odd_seconds);
  const std::string in_seconds = option.ends_with("AT") ? past_or_future_seconds() : seconds();
  return option.starts_with("P") ? in_seconds + "000" : in_seconds;
}

std::string CommandGenerator::mixed_case(std::string name) {
  if (chance(70)) return name;
  for (char& c : name) {
    if (chance(50)) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace cachekit::conformance
