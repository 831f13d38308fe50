// A random stream of commands that change a store in every way, over few enough keys that they
// meet.

#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "node/storage/effect.h"

namespace cachekit::test {

class RandomCommands {
 public:
  explicit RandomCommands(std::uint64_t seed) : random_(seed) {}

  /// A line as typed into telnet. Some milliseconds have passed.
  std::string next();

  node::storage::UnixMillis now() const { return now_; }

  /// 0 to end - 1.
  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
  }

 private:
  std::string key();
  std::string value();
  std::string typed_key(char type);
  std::string any_typed_key();
  std::string element();
  std::string elements();
  std::string list_command();
  std::string set_or_hash_command();
  std::string string_command();
  std::string value_command();

  std::mt19937_64 random_;
  node::storage::UnixMillis now_ = 1'000'000'000;
};

}  // namespace cachekit::test
