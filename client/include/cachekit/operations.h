// Every command that the library has a method for, once: its words and the type of its answer.
// Client and Pipeline offer them through commands.h.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/operation.h"

namespace cachekit {

using OptionalString = std::optional<std::string>;
using Keys = std::span<const std::string_view>;
/// Values of a list, members of a set, fields of a hash.
using Strings = std::span<const std::string_view>;

/// A key or field and its value: as an argument, and as an answer.
using KeyValue = std::pair<std::string_view, std::string_view>;
using FieldValue = std::pair<std::string, std::string>;

/// When set() writes. if_equal is cachekit's and Valkey's; stock Redis before 8.4 refuses it.
struct SetOptions {
  enum class Condition : std::uint8_t { always, if_absent, if_present };

  /// Time to live, rounded up to milliseconds; at least 1 ms. None: the key does not expire.
  std::optional<std::chrono::milliseconds> ttl = {};
  /// Expiry as a point in time; excludes ttl.
  std::optional<std::chrono::system_clock::time_point> expire_at = {};
  /// Keeps the expiry that the key has; excludes the two above.
  bool keep_ttl = false;
  Condition condition = Condition::always;
  /// Writes only if the key holds exactly this; excludes condition.
  std::optional<std::string> if_equal = {};
};

enum class ExpireCondition : std::uint8_t {
  always,
  if_none,     ///< The key has no expiry.
  if_any,      ///< The key has an expiry.
  if_later,    ///< The new expiry is later than the old; none counts as never.
  if_earlier,  ///< The new expiry is earlier than the old; none counts as never.
};

/// What ttl() and its like answer where there is no time to tell.
inline constexpr std::int64_t ttl_no_expiry = -1;
inline constexpr std::int64_t ttl_no_key = -2;

enum class ListEnd : std::uint8_t { front, back };
enum class ListSide : std::uint8_t { before, after };

/// What linsert() answers where there is no such element.
inline constexpr std::int64_t no_pivot = -1;

/// Which of the equal elements lpos() tells.
struct PositionOptions {
  /// The first to tell: 1 for the first, 2 for the second; -1 for the last, going backwards.
  std::int64_t rank = 1;
  /// Elements that are compared at most; 0: all.
  std::int64_t max_compared = 0;
};

/// One step of a walk. A page may be empty though the walk is not over.
template <class T>
struct ScanPage {
  std::uint64_t cursor = 0;  ///< Where to go on; 0: the walk is over.
  std::vector<T> items = {};

  bool operator==(const ScanPage&) const = default;
};

/// Which keys a walk tells, and how many it looks at in a step.
struct ScanOptions {
  /// A glob as of KEYS, such as "user:*"; none: all.
  std::optional<std::string> match = {};
  /// Only values of this type: "string", "list", "set" or "hash". For keys only.
  std::optional<std::string> type = {};
  /// Elements to look at in one step, about; at least 1. What does not match counts as well.
  std::int64_t count = 10;
};

namespace operations {

// Keys
Operation<std::int64_t> del(Keys keys);
Operation<std::int64_t> unlink(Keys keys);
Operation<std::int64_t> exists(Keys keys);
Operation<std::int64_t> touch(Keys keys);
Operation<bool> expire(std::string_view key, std::chrono::milliseconds ttl,
                       ExpireCondition condition);
Operation<bool> expire_at(std::string_view key, std::chrono::system_clock::time_point time,
                          ExpireCondition condition);
Operation<std::int64_t> ttl(std::string_view key);
Operation<std::int64_t> pttl(std::string_view key);
Operation<std::int64_t> expiretime(std::string_view key);
Operation<std::int64_t> pexpiretime(std::string_view key);
Operation<bool> persist(std::string_view key);
Operation<std::string> type(std::string_view key);
Operation<void> rename(std::string_view key, std::string_view new_key);
Operation<bool> renamenx(std::string_view key, std::string_view new_key);
Operation<bool> copy(std::string_view key, std::string_view new_key, bool replace);
Operation<OptionalString> object_encoding(std::string_view key);
Operation<std::optional<std::int64_t>> object_freq(std::string_view key);
Operation<std::optional<std::int64_t>> object_idletime(std::string_view key);
Operation<std::optional<std::int64_t>> object_refcount(std::string_view key);
Operation<std::optional<std::int64_t>> memory_usage(std::string_view key);
/// Has no key, so it is for one node; see Client::scan().
Operation<ScanPage<std::string>> scan(std::uint64_t cursor, const ScanOptions& options);
Operation<Value> command(std::span<const std::string_view> words);

// Strings
Operation<OptionalString> get(std::string_view key);
Operation<bool> set(std::string_view key, std::string_view value, const SetOptions& options);
Operation<OptionalString> set_get(std::string_view key, std::string_view value,
                                  const SetOptions& options);
Operation<OptionalString> getset(std::string_view key, std::string_view value);
Operation<OptionalString> getdel(std::string_view key);
Operation<OptionalString> getex(std::string_view key, std::chrono::milliseconds ttl);
Operation<OptionalString> getex_at(std::string_view key,
                                   std::chrono::system_clock::time_point time);
Operation<OptionalString> getex_persist(std::string_view key);
Operation<std::vector<OptionalString>> mget(Keys keys);
Operation<void> mset(std::span<const KeyValue> pairs);
Operation<bool> msetnx(std::span<const KeyValue> pairs);
Operation<std::int64_t> append(std::string_view key, std::string_view suffix);
Operation<std::int64_t> strlen(std::string_view key);
Operation<std::string> getrange(std::string_view key, std::int64_t first, std::int64_t last);
Operation<std::int64_t> setrange(std::string_view key, std::int64_t offset, std::string_view bytes);
Operation<bool> delifeq(std::string_view key, std::string_view value);
Operation<std::int64_t> incr(std::string_view key, std::int64_t by);
Operation<std::int64_t> decr(std::string_view key, std::int64_t by);
Operation<double> incrbyfloat(std::string_view key, double by);

// Lists
Operation<std::int64_t> lpush(std::string_view key, Strings values);
Operation<std::int64_t> rpush(std::string_view key, Strings values);
Operation<std::int64_t> lpushx(std::string_view key, Strings values);
Operation<std::int64_t> rpushx(std::string_view key, Strings values);
Operation<OptionalString> lpop(std::string_view key);
Operation<OptionalString> rpop(std::string_view key);
Operation<std::vector<std::string>> lpop(std::string_view key, std::int64_t count);
Operation<std::vector<std::string>> rpop(std::string_view key, std::int64_t count);
Operation<std::int64_t> llen(std::string_view key);
Operation<OptionalString> lindex(std::string_view key, std::int64_t index);
Operation<std::vector<std::string>> lrange(std::string_view key, std::int64_t first,
                                           std::int64_t last);
Operation<std::optional<std::int64_t>> lpos(std::string_view key, std::string_view value,
                                            const PositionOptions& options);
Operation<std::vector<std::int64_t>> lpos_all(std::string_view key, std::string_view value,
                                              std::int64_t count, const PositionOptions& options);
Operation<std::int64_t> linsert(std::string_view key, ListSide side, std::string_view pivot,
                                std::string_view value);
Operation<void> lset(std::string_view key, std::int64_t index, std::string_view value);
Operation<std::int64_t> lrem(std::string_view key, std::int64_t count, std::string_view value);
Operation<void> ltrim(std::string_view key, std::int64_t first, std::int64_t last);
Operation<OptionalString> lmove(std::string_view source, std::string_view target, ListEnd from,
                                ListEnd to);

// Sets
Operation<std::int64_t> sadd(std::string_view key, Strings members);
Operation<std::int64_t> srem(std::string_view key, Strings members);
Operation<std::int64_t> scard(std::string_view key);
Operation<bool> sismember(std::string_view key, std::string_view member);
Operation<std::vector<bool>> smismember(std::string_view key, Strings members);
Operation<std::vector<std::string>> smembers(std::string_view key);
Operation<ScanPage<std::string>> sscan(std::string_view key, std::uint64_t cursor,
                                       const ScanOptions& options);
Operation<bool> smove(std::string_view source, std::string_view target, std::string_view member);
Operation<OptionalString> spop(std::string_view key);
Operation<std::vector<std::string>> spop(std::string_view key, std::int64_t count);
Operation<OptionalString> srandmember(std::string_view key);
Operation<std::vector<std::string>> srandmember(std::string_view key, std::int64_t count);
Operation<std::vector<std::string>> sinter(Keys keys);
Operation<std::vector<std::string>> sunion(Keys keys);
Operation<std::vector<std::string>> sdiff(Keys keys);
Operation<std::int64_t> sintercard(Keys keys, std::int64_t limit);
Operation<std::int64_t> sinterstore(std::string_view target, Keys keys);
Operation<std::int64_t> sunionstore(std::string_view target, Keys keys);
Operation<std::int64_t> sdiffstore(std::string_view target, Keys keys);

// Hashes
Operation<std::int64_t> hset(std::string_view key, std::span<const KeyValue> fields);
Operation<bool> hsetnx(std::string_view key, std::string_view field, std::string_view value);
Operation<OptionalString> hget(std::string_view key, std::string_view field);
Operation<std::vector<OptionalString>> hmget(std::string_view key, Strings fields);
Operation<std::vector<FieldValue>> hgetall(std::string_view key);
Operation<std::int64_t> hdel(std::string_view key, Strings fields);
Operation<bool> hexists(std::string_view key, std::string_view field);
Operation<std::int64_t> hlen(std::string_view key);
Operation<std::int64_t> hstrlen(std::string_view key, std::string_view field);
Operation<std::vector<std::string>> hkeys(std::string_view key);
Operation<std::vector<std::string>> hvals(std::string_view key);
Operation<std::int64_t> hincrby(std::string_view key, std::string_view field, std::int64_t by);
Operation<double> hincrbyfloat(std::string_view key, std::string_view field, double by);
Operation<OptionalString> hrandfield(std::string_view key);
Operation<std::vector<std::string>> hrandfield(std::string_view key, std::int64_t count);
Operation<std::vector<FieldValue>> hrandfield_with_values(std::string_view key, std::int64_t count);
Operation<ScanPage<FieldValue>> hscan(std::string_view key, std::uint64_t cursor,
                                      const ScanOptions& options);

}  // namespace operations
}  // namespace cachekit
