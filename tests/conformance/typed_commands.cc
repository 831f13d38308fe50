// The part of the generator that is about lists, sets and hashes.

#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/conformance/command_generator.h"
#include "tests/conformance/edge_values.h"

namespace cachekit::conformance {

using namespace edge_values;

namespace {

const std::string lowest_integer = "-9223372036854775808";

}  // namespace

// Mostly a key that holds such a value, now and then any.
std::string CommandGenerator::key_of(const std::string& type) {
  return chance(88) ? type + ":" + std::to_string(1 + below(3)) : key();
}

std::string CommandGenerator::element() {
  if (chance(75)) return one_of(elements);
  return chance(50) ? std::to_string(below(300)) : value();
}

std::string CommandGenerator::index() {
  if (chance(3)) return one_of(odd_integers);
  return chance(90) ? one_of(indices) : one_of(integers);
}

std::string CommandGenerator::count() {
  static const std::string counts[] = {"0", "1", "2", "3", "10", "100", "1000"};
  if (chance(3)) return one_of(odd_integers);
  return chance(90) ? one_of(counts) : one_of(integers);
}

// A few elements, or so many that the collection becomes a large one.
void CommandGenerator::add_elements(Words& words, std::size_t width) {
  std::uint64_t items = 1 + below(4);
  const bool many = chance(4);
  if (many) items = 60 + below(150);
  for (; items > 0; --items) {
    words.push_back(many ? std::to_string(below(400)) : element());
    if (width == 2) words.push_back(many ? std::to_string(items) : element());
  }
}

Command CommandGenerator::list_command() {
  switch (below(3)) {
    case 0:
      return list_push_command();
    case 1:
      return list_take_command();
    default:
      return list_read_command();
  }
}

Command CommandGenerator::list_push_command() {
  static const std::string pushes[] = {"LPUSH", "RPUSH", "LPUSH", "RPUSH", "LPUSHX", "RPUSHX"};
  static const std::string sides[] = {"BEFORE", "AFTER", "before"};
  switch (below(6)) {
    case 0:
      return {{"LINSERT", key_of("list"), one_of(sides), element(), element()}};
    case 1:
      return {{"LSET", key_of("list"), index(), element()}};
    default: {
      Command command{{one_of(pushes), key_of("list")}};
      add_elements(command.words, 1);
      return command;
    }
  }
}

Command CommandGenerator::list_take_command() {
  static const std::string ends[] = {"LEFT", "RIGHT", "left", "Right"};
  switch (below(8)) {
    case 0:
      return {{"LPOP", key_of("list")}};
    case 1:
      return {{"RPOP", key_of("list")}};
    case 2:
      return {{"LPOP", key_of("list"), count()}};
    case 3:
      return {{"RPOP", key_of("list"), count()}};
    case 4:
      return {{"LREM", key_of("list"), chance(50) ? index() : count(), element()}};
    case 5:
      return {{"LTRIM", key_of("list"), index(), index()}};
    case 6:
      return {{"RPOPLPUSH", key_of("list"), key_of("list")}};
    default:
      return {{"LMOVE", key_of("list"), key_of("list"), mixed_case(one_of(ends)), one_of(ends)}};
  }
}

Command CommandGenerator::list_read_command() {
  switch (below(4)) {
    case 0:
      return {{"LLEN", key_of("list")}};
    case 1:
      return {{"LINDEX", key_of("list"), index()}};
    case 2:
      return {{"LRANGE", key_of("list"), index(), index()}};
    default: {
      Command command{{"LPOS", key_of("list"), element()}};
      Words& words = command.words;
      // Redis 7.0 negates a rank before it looks whether that can be done.
      const std::string rank = index();
      if (chance(50) && rank != lowest_integer) {
        words.insert(words.end(), {mixed_case("RANK"), rank});
      }
      if (chance(50)) words.insert(words.end(), {mixed_case("COUNT"), count()});
      if (chance(30)) words.insert(words.end(), {mixed_case("MAXLEN"), count()});
      return command;
    }
  }
}

Command CommandGenerator::set_member_command() {
  static const std::string readers[] = {"SISMEMBER", "SMISMEMBER"};
  switch (below(8)) {
    case 0:
      return {{"SCARD", key_of("set")}};
    case 1:
      return {{"SMEMBERS", key_of("set")}, Comparison::unordered};
    case 2:
      return {{"SMOVE", key_of("set"), key_of("set"), element()}};
    case 3:
      return {{one_of(readers), key_of("set"), element()}};
    case 4: {
      Command command{{"SMISMEMBER", key_of("set")}};
      add_elements(command.words, 1);
      return command;
    }
    case 5: {
      Command command{{"SREM", key_of("set")}};
      add_elements(command.words, 1);
      return command;
    }
    default: {
      Command command{{"SADD", key_of("set")}};
      add_elements(command.words, 1);
      return command;
    }
  }
}

Command CommandGenerator::set_algebra_command() {
  static const std::string names[] = {"SINTER",      "SUNION",      "SDIFF",
                                      "SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"};
  Command command{{}, Comparison::unordered};
  Words& words = command.words;
  if (chance(25)) {
    const std::uint64_t keys = 1 + below(4);
    words = {"SINTERCARD", chance(92) ? std::to_string(keys) : count()};
    for (std::uint64_t i = 0; i < keys; ++i) words.push_back(key_of("set"));
    if (chance(40)) words.insert(words.end(), {mixed_case("LIMIT"), count()});
    return command;
  }
  words.push_back(one_of(names));
  for (std::uint64_t left = 1 + below(4); left > 0; --left) words.push_back(key_of("set"));
  if (words.front().ends_with("STORE")) words.push_back(key_of("set"));
  return command;
}

// Where chance decides, the shape of the reply is compared; and if it decided what is left, the key
// is deleted at once.
Command CommandGenerator::random_member_command() {
  const std::string set = key_of("set");
  const std::string number = chance(50) ? count() : index();
  switch (below(7)) {
    case 0:
      queued_.push_back({{"DEL", set}});
      return {{"SPOP", set}, Comparison::shape};
    case 1:
      queued_.push_back({{"DEL", set}});
      return {{"SPOP", set, count()}, Comparison::length};
    case 2:
      return {{"SPOP", set, "100000"}, Comparison::unordered};
    case 3:
      return {{"SRANDMEMBER", set, "100000"}, Comparison::unordered};
    case 4:
      if (number.size() > 5) return {{"SRANDMEMBER", set}, Comparison::shape};
      return {{"SRANDMEMBER", set, number}, Comparison::length};
    case 5:
      if (number.size() > 5) return {{"HRANDFIELD", key_of("hash")}, Comparison::shape};
      return {{"HRANDFIELD", key_of("hash"), number}, Comparison::length};
    default:
      if (number.size() > 5) return {{"HRANDFIELD", key_of("hash"), "100"}, Comparison::length};
      return {{"HRANDFIELD", key_of("hash"), number, mixed_case("WITHVALUES")}, Comparison::length};
  }
}

Command CommandGenerator::hash_command() {
  switch (below(9)) {
    case 0:
    case 1: {
      Command command{{chance(80) ? "HSET" : "HMSET", key_of("hash")}};
      add_elements(command.words, 2);
      return command;
    }
    case 2:
      return {{"HSETNX", key_of("hash"), element(), element()}};
    case 3: {
      Command command{{"HDEL", key_of("hash")}};
      add_elements(command.words, 1);
      return command;
    }
    case 4:
      return {{"HINCRBY", key_of("hash"), element(), integer()}};
    case 5:
      return {{"HINCRBYFLOAT", key_of("hash"), element(), real()}};
    default:
      return hash_read_command();
  }
}

Command CommandGenerator::hash_read_command() {
  switch (below(8)) {
    case 0:
      return {{"HLEN", key_of("hash")}};
    case 1:
      return {{"HEXISTS", key_of("hash"), element()}};
    case 2:
      return {{"HSTRLEN", key_of("hash"), element()}};
    case 3:
      return {{"HKEYS", key_of("hash")}, Comparison::unordered};
    case 4:
      return {{"HVALS", key_of("hash")}, Comparison::unordered};
    case 5:
      return {{"HGETALL", key_of("hash")}, Comparison::pairs};
    case 6: {
      Command command{{"HMGET", key_of("hash")}};
      add_elements(command.words, 1);
      return command;
    }
    default:
      return {{"HGET", key_of("hash"), element()}};
  }
}

Command CommandGenerator::field_sweep_command() {
  if (chance(25)) {
    static const Words wrong[] = {{"SSCAN", "set:1", "abc"},
                                  {"SSCAN", "set:1", "0", "COUNT", "0"},
                                  {"SSCAN", "set:1", "0", "TYPE", "string"},
                                  {"SSCAN", "missing", "0", "FOO", "bar"},
                                  {"HSCAN", "hash:1", "0", "COUNT"},
                                  {"HSCAN", "hash:1", "0", "MATCH", "x", "COUNT", "y"},
                                  {"HSCAN", "missing", "x"},
                                  {"HSCAN", "hash:1"}};
    const Words words = one_of(wrong);
    // An error if there is one, and otherwise a page in an order of the server's own.
    return {words, Comparison::shape};
  }
  const bool set = chance(50);
  Command command{{set ? "SSCAN" : "HSCAN", key_of(set ? "set" : "hash")}, Comparison::sweep};
  Words& words = command.words;
  if (chance(50)) words.insert(words.end(), {mixed_case("MATCH"), one_of(patterns)});
  if (chance(50)) words.insert(words.end(), {mixed_case("COUNT"), std::to_string(1 + below(20))});
  return command;
}

Command CommandGenerator::copy_command() {
  static const std::string types[] = {"list", "set", "hash"};
  Command command{{"COPY", key_of(one_of(types)), chance(50) ? key() : key_of(one_of(types))}};
  Words& words = command.words;
  if (chance(50)) words.push_back(mixed_case("REPLACE"));
  if (chance(10)) words.insert(words.end(), {"DB", chance(80) ? "0" : index()});
  if (chance(3)) words.push_back(one_of(junk));
  return command;
}

Command CommandGenerator::object_command() {
  static const Words wrong[] = {{"OBJECT"},
                                {"OBJECT", "NOSUCH", "a"},
                                {"OBJECT", "ENCODING"},
                                {"OBJECT", "ENCODING", "a", "b"},
                                {"OBJECT", "FREQ", "missing"},
                                {"OBJECT", "IDLETIME", "missing"},
                                {"MEMORY"},
                                {"MEMORY", "NOSUCH"},
                                {"MEMORY", "USAGE"},
                                {"MEMORY", "USAGE", "missing", "SAMPLES", "x"},
                                {"MEMORY", "USAGE", "missing", "SAMPLES", "-1"},
                                {"MEMORY", "USAGE", "missing", "SAMPLES"},
                                {"MEMORY", "USAGE", "missing", "FOO", "1"},
                                {"MEMORY", "USAGE", "missing", "SAMPLES", "5"}};
  static const std::string subcommands[] = {"ENCODING", "REFCOUNT", "encoding"};
  if (chance(30)) return {one_of(wrong)};
  return {{"OBJECT", one_of(subcommands), key()}, Comparison::shape};
}

}  // namespace cachekit::conformance
