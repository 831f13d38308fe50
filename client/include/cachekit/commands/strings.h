// The methods for strings; see commands.h.
//
// SETEX, PSETEX and SETNX are set() with options, so they have no methods of their own.

#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class StringCommands {
 public:
  /// The value, or nothing on a miss.
  Outcome<OptionalString> get(std::string_view key) { return self().run(operations::get(key)); }

  /// True if written, false if the condition of the options was not met.
  Outcome<bool> set(std::string_view key, std::string_view value, const SetOptions& options = {}) {
    return self().run(operations::set(key, value, options));
  }
  Outcome<bool> set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) {
    SetOptions options;
    options.ttl = ttl;
    return set(key, value, options);
  }

  /// Like set(), and answers with the value before. If the condition was not met, that is the value
  /// still. Redis before 7.0 refuses if_absent here.
  Outcome<OptionalString> set_get(std::string_view key, std::string_view value,
                                  const SetOptions& options = {}) {
    return self().run(operations::set_get(key, value, options));
  }

  /// Sets the key, drops its expiry, and answers with the value before.
  Outcome<OptionalString> getset(std::string_view key, std::string_view value) {
    return self().run(operations::getset(key, value));
  }
  Outcome<OptionalString> getdel(std::string_view key) {
    return self().run(operations::getdel(key));
  }

  /// The value; the key now expires after ttl, at this time, or not at all.
  Outcome<OptionalString> getex(std::string_view key, std::chrono::milliseconds ttl) {
    return self().run(operations::getex(key, ttl));
  }
  Outcome<OptionalString> getex_at(std::string_view key,
                                   std::chrono::system_clock::time_point time) {
    return self().run(operations::getex_at(key, time));
  }
  Outcome<OptionalString> getex_persist(std::string_view key) {
    return self().run(operations::getex_persist(key));
  }

  /// The values in the order of the keys. Keys on several shards are asked for in parallel.
  Outcome<std::vector<OptionalString>> mget(Keys keys) {
    return self().run(operations::mget(keys));
  }
  Outcome<std::vector<OptionalString>> mget(std::initializer_list<std::string_view> keys) {
    return mget(Keys(keys.begin(), keys.size()));
  }

  /// Atomic on each shard, not across shards: after a failure some shards may have the new values.
  Outcome<void> mset(std::span<const KeyValue> pairs) {
    return self().run(operations::mset(pairs));
  }
  Outcome<void> mset(std::initializer_list<KeyValue> pairs) {
    return mset(std::span<const KeyValue>(pairs.begin(), pairs.size()));
  }

  /// Sets all or none, so all keys must lie on one shard: give them one {tag}.
  Outcome<bool> msetnx(std::span<const KeyValue> pairs) {
    return self().run(operations::msetnx(pairs));
  }
  Outcome<bool> msetnx(std::initializer_list<KeyValue> pairs) {
    return msetnx(std::span<const KeyValue>(pairs.begin(), pairs.size()));
  }

  /// The new length in bytes.
  Outcome<std::int64_t> append(std::string_view key, std::string_view suffix) {
    return self().run(operations::append(key, suffix));
  }
  /// The length in bytes; 0 for no key.
  Outcome<std::int64_t> strlen(std::string_view key) { return self().run(operations::strlen(key)); }
  /// Bytes first to last, both included; negative positions count from the end.
  Outcome<std::string> getrange(std::string_view key, std::int64_t first, std::int64_t last) {
    return self().run(operations::getrange(key, first, last));
  }
  /// The new length in bytes.
  Outcome<std::int64_t> setrange(std::string_view key, std::int64_t offset,
                                 std::string_view bytes) {
    return self().run(operations::setrange(key, offset, bytes));
  }

  /// Deletes the key if it holds exactly this value. cachekit and Valkey 9 only.
  Outcome<bool> delifeq(std::string_view key, std::string_view value) {
    return self().run(operations::delifeq(key, value));
  }

  /// The new number. A missing key counts as 0.
  Outcome<std::int64_t> incr(std::string_view key, std::int64_t by = 1) {
    return self().run(operations::incr(key, by));
  }
  Outcome<std::int64_t> decr(std::string_view key, std::int64_t by = 1) {
    return self().run(operations::decr(key, by));
  }
  Outcome<double> incrbyfloat(std::string_view key, double by) {
    return self().run(operations::incrbyfloat(key, by));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace cachekit
