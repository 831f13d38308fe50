// The methods for sets; see commands.h.
//
// A set without members is no key. Members come in no order.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class SetCommands {
 public:
  /// How many members are new.
  Outcome<std::int64_t> sadd(std::string_view key, Strings members) {
    return self().run(operations::sadd(key, members));
  }
  Outcome<std::int64_t> sadd(std::string_view key,
                             std::initializer_list<std::string_view> members) {
    return sadd(key, Strings(members.begin(), members.size()));
  }
  Outcome<std::int64_t> sadd(std::string_view key, std::string_view member) {
    return sadd(key, {&member, 1});
  }
  /// How many members there were.
  Outcome<std::int64_t> srem(std::string_view key, Strings members) {
    return self().run(operations::srem(key, members));
  }
  Outcome<std::int64_t> srem(std::string_view key,
                             std::initializer_list<std::string_view> members) {
    return srem(key, Strings(members.begin(), members.size()));
  }
  Outcome<std::int64_t> srem(std::string_view key, std::string_view member) {
    return srem(key, {&member, 1});
  }

  /// How many members there are; 0 for no key.
  Outcome<std::int64_t> scard(std::string_view key) { return self().run(operations::scard(key)); }
  Outcome<bool> sismember(std::string_view key, std::string_view member) {
    return self().run(operations::sismember(key, member));
  }
  /// For each member whether it is there.
  Outcome<std::vector<bool>> smismember(std::string_view key, Strings members) {
    return self().run(operations::smismember(key, members));
  }
  Outcome<std::vector<bool>> smismember(std::string_view key,
                                        std::initializer_list<std::string_view> members) {
    return smismember(key, Strings(members.begin(), members.size()));
  }
  Outcome<std::vector<std::string>> smembers(std::string_view key) {
    return self().run(operations::smembers(key));
  }

  /// One step of a walk: begin with cursor 0, go on with that of the page until it is 0 again. A
  /// member that is there throughout is told at least once.
  Outcome<ScanPage<std::string>> sscan(std::string_view key, std::uint64_t cursor,
                                       const ScanOptions& options = {}) {
    return self().run(operations::sscan(key, cursor, options));
  }

  /// True if the member was in source, and is in target now. Both keys must lie on one shard: give
  /// them one {tag}.
  Outcome<bool> smove(std::string_view source, std::string_view target, std::string_view member) {
    return self().run(operations::smove(source, target, member));
  }

  /// Takes a random member; nothing for no key.
  Outcome<OptionalString> spop(std::string_view key) { return self().run(operations::spop(key)); }
  /// Takes up to `count` random members, at least 0.
  Outcome<std::vector<std::string>> spop(std::string_view key, std::int64_t count) {
    return self().run(operations::spop(key, count));
  }
  /// A random member; nothing for no key.
  Outcome<OptionalString> srandmember(std::string_view key) {
    return self().run(operations::srandmember(key));
  }
  /// Up to `count` different ones; negative: exactly as many, the same ones repeatedly.
  Outcome<std::vector<std::string>> srandmember(std::string_view key, std::int64_t count) {
    return self().run(operations::srandmember(key, count));
  }

  /// What all sets have; what one of them has; what the first has and no other. All keys must lie
  /// on one shard: give them one {tag}.
  Outcome<std::vector<std::string>> sinter(Keys keys) {
    return self().run(operations::sinter(keys));
  }
  Outcome<std::vector<std::string>> sinter(std::initializer_list<std::string_view> keys) {
    return sinter(Keys(keys.begin(), keys.size()));
  }
  Outcome<std::vector<std::string>> sunion(Keys keys) {
    return self().run(operations::sunion(keys));
  }
  Outcome<std::vector<std::string>> sunion(std::initializer_list<std::string_view> keys) {
    return sunion(Keys(keys.begin(), keys.size()));
  }
  Outcome<std::vector<std::string>> sdiff(Keys keys) { return self().run(operations::sdiff(keys)); }
  Outcome<std::vector<std::string>> sdiff(std::initializer_list<std::string_view> keys) {
    return sdiff(Keys(keys.begin(), keys.size()));
  }

  /// How many members all sets have, counted up to `limit`; 0: all. The same about the keys.
  Outcome<std::int64_t> sintercard(Keys keys, std::int64_t limit = 0) {
    return self().run(operations::sintercard(keys, limit));
  }
  Outcome<std::int64_t> sintercard(std::initializer_list<std::string_view> keys,
                                   std::int64_t limit = 0) {
    return sintercard(Keys(keys.begin(), keys.size()), limit);
  }

  /// What the algebra answers, stored under target, whatever that was; how many members it has. If
  /// none, target is deleted. Target must lie on the same shard as the keys.
  Outcome<std::int64_t> sinterstore(std::string_view target, Keys keys) {
    return self().run(operations::sinterstore(target, keys));
  }
  Outcome<std::int64_t> sinterstore(std::string_view target,
                                    std::initializer_list<std::string_view> keys) {
    return sinterstore(target, Keys(keys.begin(), keys.size()));
  }
  Outcome<std::int64_t> sunionstore(std::string_view target, Keys keys) {
    return self().run(operations::sunionstore(target, keys));
  }
  Outcome<std::int64_t> sunionstore(std::string_view target,
                                    std::initializer_list<std::string_view> keys) {
    return sunionstore(target, Keys(keys.begin(), keys.size()));
  }
  Outcome<std::int64_t> sdiffstore(std::string_view target, Keys keys) {
    return self().run(operations::sdiffstore(target, keys));
  }
  Outcome<std::int64_t> sdiffstore(std::string_view target,
                                   std::initializer_list<std::string_view> keys) {
    return sdiffstore(target, Keys(keys.begin(), keys.size()));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace cachekit
