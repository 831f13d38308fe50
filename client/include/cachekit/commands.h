// The methods that Client and Pipeline share: one for each command.
//
// The names and meanings are Redis's: https://redis.io/commands. Outcome<T> is Result<T> on a
// Client, which answers at once, and Pending<T> on a Pipeline, which answers after execute().
//
// Keys and values are any bytes, up to 512 MiB. Any method may fail with unavailable,
// deadline_exceeded or outcome_unknown; see status.h.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class Commands {
 public:
  using OptionalString = std::optional<std::string>;
  using Keys = std::span<const std::string_view>;
  using KeyList = std::initializer_list<std::string_view>;

  /// The value, or nothing on a miss.
  Outcome<OptionalString> get(std::string_view key) { return run(operations::get(key)); }

  /// True if written, false if the condition of the options was not met.
  Outcome<bool> set(std::string_view key, std::string_view value, const SetOptions& options = {}) {
    return run(operations::set(key, value, options));
  }
  Outcome<bool> set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) {
    SetOptions options;
    options.ttl = ttl;
    return set(key, value, options);
  }

  /// Sets the key, drops its expiry, and answers with the value before.
  Outcome<OptionalString> getset(std::string_view key, std::string_view value) {
    return run(operations::getset(key, value));
  }
  Outcome<OptionalString> getdel(std::string_view key) { return run(operations::getdel(key)); }

  /// The value; the key now expires after ttl.
  Outcome<OptionalString> getex(std::string_view key, std::chrono::milliseconds ttl) {
    return run(operations::getex(key, ttl));
  }

  /// The values in the order of the keys. Keys on several shards are asked for in parallel.
  Outcome<std::vector<OptionalString>> mget(Keys keys) { return run(operations::mget(keys)); }
  Outcome<std::vector<OptionalString>> mget(KeyList keys) { return mget(as_span(keys)); }

  /// Atomic on each shard, not across shards: after a failure some shards may have the new values.
  Outcome<void> mset(std::span<const KeyValue> pairs) { return run(operations::mset(pairs)); }
  Outcome<void> mset(std::initializer_list<KeyValue> pairs) {
    return mset(std::span<const KeyValue>(pairs.begin(), pairs.size()));
  }

  /// Sets all or none, so all keys must lie on one shard: give them one {tag}.
  Outcome<bool> msetnx(std::span<const KeyValue> pairs) { return run(operations::msetnx(pairs)); }
  Outcome<bool> msetnx(std::initializer_list<KeyValue> pairs) {
    return msetnx(std::span<const KeyValue>(pairs.begin(), pairs.size()));
  }

  /// The new length in bytes.
  Outcome<std::int64_t> append(std::string_view key, std::string_view suffix) {
    return run(operations::append(key, suffix));
  }
  /// The length in bytes; 0 for no key.
  Outcome<std::int64_t> strlen(std::string_view key) { return run(operations::strlen(key)); }
  /// Bytes first to last, both included; negative positions count from the end.
  Outcome<std::string> getrange(std::string_view key, std::int64_t first, std::int64_t last) {
    return run(operations::getrange(key, first, last));
  }
  /// The new length in bytes.
  Outcome<std::int64_t> setrange(std::string_view key, std::int64_t offset,
                                 std::string_view bytes) {
    return run(operations::setrange(key, offset, bytes));
  }

  /// Deletes the key if it holds exactly this value. cachekit and Valkey 9 only.
  Outcome<bool> delifeq(std::string_view key, std::string_view value) {
    return run(operations::delifeq(key, value));
  }

  /// The new number. A missing key counts as 0.
  Outcome<std::int64_t> incr(std::string_view key, std::int64_t by = 1) {
    return run(operations::incr(key, by));
  }
  Outcome<std::int64_t> decr(std::string_view key, std::int64_t by = 1) {
    return run(operations::decr(key, by));
  }
  Outcome<double> incrbyfloat(std::string_view key, double by) {
    return run(operations::incrbyfloat(key, by));
  }

  /// How many of the keys existed. Keys on several shards are handled in parallel.
  Outcome<std::int64_t> del(Keys keys) { return run(operations::del(keys)); }
  Outcome<std::int64_t> del(KeyList keys) { return del(as_span(keys)); }
  Outcome<std::int64_t> del(std::string_view key) { return del({&key, 1}); }
  Outcome<std::int64_t> unlink(Keys keys) { return run(operations::unlink(keys)); }
  Outcome<std::int64_t> unlink(KeyList keys) { return unlink(as_span(keys)); }
  Outcome<std::int64_t> unlink(std::string_view key) { return unlink({&key, 1}); }
  Outcome<std::int64_t> exists(Keys keys) { return run(operations::exists(keys)); }
  Outcome<std::int64_t> exists(KeyList keys) { return exists(as_span(keys)); }
  Outcome<std::int64_t> exists(std::string_view key) { return exists({&key, 1}); }
  Outcome<std::int64_t> touch(Keys keys) { return run(operations::touch(keys)); }
  Outcome<std::int64_t> touch(KeyList keys) { return touch(as_span(keys)); }
  Outcome<std::int64_t> touch(std::string_view key) { return touch({&key, 1}); }

  /// True if the expiry was set; false if there is no such key or the condition was not met. A ttl
  /// of zero or less deletes the key.
  Outcome<bool> expire(std::string_view key, std::chrono::milliseconds ttl,
                       ExpireCondition condition = ExpireCondition::always) {
    return run(operations::expire(key, ttl, condition));
  }
  Outcome<bool> expire_at(std::string_view key, std::chrono::system_clock::time_point time,
                          ExpireCondition condition = ExpireCondition::always) {
    return run(operations::expire_at(key, time, condition));
  }

  /// Seconds to live, ttl_no_expiry (-1) or ttl_no_key (-2).
  Outcome<std::int64_t> ttl(std::string_view key) { return run(operations::ttl(key)); }
  /// The same in milliseconds.
  Outcome<std::int64_t> pttl(std::string_view key) { return run(operations::pttl(key)); }
  /// True if the key had an expiry, which is gone now.
  Outcome<bool> persist(std::string_view key) { return run(operations::persist(key)); }

  /// "string", or "none" for no key.
  Outcome<std::string> type(std::string_view key) { return run(operations::type(key)); }

  /// Both keys must lie on one shard: give them one {tag}.
  Outcome<void> rename(std::string_view key, std::string_view new_key) {
    return run(operations::rename(key, new_key));
  }
  Outcome<bool> renamenx(std::string_view key, std::string_view new_key) {
    return run(operations::renamenx(key, new_key));
  }

  /// Any command of the node, routed by its keys. One without keys needs Client::command_on.
  Outcome<Value> command(Keys words) { return run(operations::command(words)); }
  Outcome<Value> command(KeyList words) { return command(as_span(words)); }

 private:
  static Keys as_span(KeyList keys) { return {keys.begin(), keys.size()}; }

  template <class T>
  Outcome<T> run(Operation<T> operation) {
    return static_cast<Derived&>(*this).run(std::move(operation));
  }
};

}  // namespace cachekit
