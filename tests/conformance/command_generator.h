// Seeded random commands for comparing two servers.
//
// A small key space, so that commands meet each other's keys; values, numbers and options from the
// edges; and now and then a command that is wrong. Two servers that are fed the same stream must
// give the same replies, so everything here is deterministic: expiries are far away or already
// past, and what may differ between equal servers is marked with how to compare it.

#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace cachekit::conformance {

enum class Comparison {
  exact,      ///< Byte for byte.
  seconds,    ///< Integers within a tolerance for the time between the two servers.
  millis,     ///< The same in milliseconds.
  unordered,  ///< Arrays with the same elements in any order.
  pairs,      ///< Maps, or arrays in their place, with the same pairs in any order.
  length,     ///< Arrays with as many elements.
  shape,      ///< The same type, and null or not.
  sweep,      ///< SCAN, SSCAN or HSCAN, iterated to its end: the same set. No cursor stands there.
};

struct Command {
  std::vector<std::string> words;
  Comparison comparison = Comparison::exact;
  bool is_inline = false;  ///< Sent as a line instead of an array.
};

class CommandGenerator {
 public:
  explicit CommandGenerator(std::uint64_t seed) : random_(seed) {}

  Command next();

 private:
  using Words = std::vector<std::string>;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <class Range>
  auto one_of(const Range& range) {
    return range[below(std::size(range))];
  }

  Command random_command();
  Command damaged(Command command);
  void queue_transaction();

  Command string_command();
  Command number_command();
  Command many_keys_command();
  Command set_command();
  Command getex_command();
  Command expiry_command();
  Command key_command();
  Command scan_command();
  Command connection_command();
  Command list_command();
  Command list_push_command();
  Command list_take_command();
  Command list_read_command();
  Command set_member_command();
  Command set_algebra_command();
  Command random_member_command();
  Command hash_command();
  Command hash_read_command();
  Command field_sweep_command();
  Command copy_command();
  Command object_command();
  Command wrong_command();

  std::string key();
  std::string key_of(const std::string& type);
  std::string element();
  std::string index();
  std::string count();
  void add_elements(Words& words, std::size_t width);
  std::string value();
  std::string binary(std::size_t most_bytes);
  std::string integer();
  std::string real();
  std::string offset();
  std::string seconds();
  std::string past_or_future_seconds();
  std::string expiry_argument(const std::string& option);
  std::string mixed_case(std::string name);

  std::mt19937_64 random_;
  std::deque<Command> queued_;
};

}  // namespace cachekit::conformance
