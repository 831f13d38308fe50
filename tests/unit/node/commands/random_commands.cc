#include "tests/unit/node/commands/random_commands.h"

#include <fmt/format.h>

namespace cachekit::test {

std::string RandomCommands::next() {
  now_ += below(20);
  if (below(5000) == 0) return "FLUSHALL";
  if (below(2) == 0) return below(22) < 8 ? value_command() : string_command();
  return below(24) < 10 ? list_command() : set_or_hash_command();
}

std::string RandomCommands::key() { return fmt::format("k{}", below(300)); }

std::string RandomCommands::value() {
  if (below(3) == 0) return std::to_string(below(1000));
  const auto size = below(200) == 0 ? 40'000 : below(300);
  return fmt::format("\"{}\"", std::string(static_cast<std::size_t>(size), 'v'));
}

// Few keys of a type, so that collections grow large, and now and then many elements at once.
std::string RandomCommands::typed_key(char type) { return fmt::format("{}{}", type, below(12)); }

std::string RandomCommands::any_typed_key() { return typed_key("lsh"[below(3)]); }

std::string RandomCommands::element() {
  const auto size = below(300) == 0 ? 5000 : below(8);
  return fmt::format("\"{}\"", std::string(static_cast<std::size_t>(size), "abc"[below(3)]));
}

std::string RandomCommands::elements() {
  std::string all;
  for (auto left = 2 * (below(60) == 0 ? 80 : 1 + below(2)); left > 0; --left) {
    all += fmt::format(" {}", below(3) == 0 ? element() : std::to_string(below(500)));
  }
  return all;
}

std::string RandomCommands::list_command() {
  switch (below(10)) {
    case 0:
      return fmt::format("LPUSH {}{}", typed_key('l'), elements());
    case 1:
    case 2:
      return fmt::format("RPUSH {}{}", typed_key('l'), elements());
    case 3:
      return fmt::format("LPOP {}", typed_key('l'));
    case 4:
      return fmt::format("RPOP {} {}", typed_key('l'), below(20));
    case 5:
      return fmt::format("LINSERT {} AFTER {} {}", typed_key('l'), below(500), element());
    case 6:
      return fmt::format("LSET {} {} {}", typed_key('l'), below(60) - 30, element());
    case 7:
      return fmt::format("LREM {} {} {}", typed_key('l'), below(7) - 3, element());
    case 8:
      return fmt::format("LTRIM {} {} {}", typed_key('l'), below(5), -below(5) - 1);
    default:
      return fmt::format("LMOVE {} {} LEFT RIGHT", typed_key('l'), typed_key('l'));
  }
}

std::string RandomCommands::set_or_hash_command() {
  switch (below(14)) {
    case 0:
    case 1:
      return fmt::format("SADD {}{}", typed_key('s'), elements());
    case 2:
      return fmt::format("SREM {}{}", typed_key('s'), elements());
    case 3:
      return fmt::format("SPOP {} {}", typed_key('s'), below(20));
    case 4:
      return fmt::format("SPOP {}", typed_key('s'));
    case 5:
      return fmt::format("SMOVE {} {} {}", typed_key('s'), typed_key('s'), below(500));
    case 6:
      return fmt::format("{} {} {} {}", below(2) == 0 ? "SINTERSTORE" : "SUNIONSTORE",
                         typed_key('s'), typed_key('s'), typed_key('s'));
    case 7:
      return fmt::format("SDIFFSTORE {} {} {}", typed_key('s'), typed_key('s'), typed_key('s'));
    case 8:
    case 9:
      return fmt::format("HSET {}{}", typed_key('h'), elements());
    case 10:
      return fmt::format("HDEL {}{}", typed_key('h'), elements());
    case 11:
      return fmt::format("HINCRBY {} n{} 1", typed_key('h'), below(300));
    case 12:
      return fmt::format("{} {} {}", below(2) == 0 ? "RENAME" : "COPY", any_typed_key(),
                         any_typed_key());
    default:
      return fmt::format("PEXPIRE {} {}", any_typed_key(), below(3000));
  }
}

std::string RandomCommands::value_command() {
  switch (below(8)) {
    case 0:
      return fmt::format("SET {} {}", key(), value());
    case 1:
      return fmt::format("SET {} {} PX {}", key(), value(), 1 + below(3000));
    case 2:
      return fmt::format("SET {} {} XX KEEPTTL", key(), value());
    case 3:
      return fmt::format("SET {} {} NX EX 2 GET", key(), value());
    case 4:
      return fmt::format("SET {} {} PXAT {}", key(), value(), now_ - 50 + below(100));
    case 5:
      return fmt::format("SET {} {} IFEQ {}", key(), value(), below(1000));
    case 6:
      return fmt::format("INCRBY {} {}", key(), below(100));
    default:
      return fmt::format("INCRBYFLOAT {} 0.{}", key(), below(100));
  }
}

std::string RandomCommands::string_command() {
  switch (below(14)) {
    case 0:
      return fmt::format("APPEND {} {}", key(), value());
    case 1:
      return fmt::format("SETRANGE {} {} {}", key(), below(200), value());
    case 2:
      return fmt::format("MSET {} {} {} {}", key(), value(), key(), value());
    case 3:
      return fmt::format("MSETNX {} {} {} {}", key(), value(), key(), value());
    case 4:
      return fmt::format("DEL {} {}", key(), key());
    case 5:
      return fmt::format("GETDEL {}", key());
    case 6:
      return fmt::format("GETEX {} PX {}", key(), 1 + below(2000));
    case 7:
      return fmt::format("PEXPIRE {} {}", key(), below(3000) - 100);
    case 8:
      return fmt::format("PEXPIRE {} {} LT", key(), below(3000));
    case 9:
      return fmt::format("PERSIST {}", key());
    case 10:
      return fmt::format("RENAME {} {}", key(), key());
    case 11:
      return fmt::format("RENAMENX {} {}", key(), key());
    case 12:
      return fmt::format("MGET {} {} {}", key(), key(), key());
    default:
      return fmt::format("GET {}", key());
  }
}

}  // namespace cachekit::test
