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

/// What ttl() and pttl() answer where there is no time to tell.
inline constexpr std::int64_t ttl_no_expiry = -1;
inline constexpr std::int64_t ttl_no_key = -2;

using KeyValue = std::pair<std::string_view, std::string_view>;

namespace operations {

using OptionalString = std::optional<std::string>;
using Keys = std::span<const std::string_view>;

Operation<OptionalString> get(std::string_view key);
Operation<bool> set(std::string_view key, std::string_view value, const SetOptions& options);
Operation<OptionalString> getset(std::string_view key, std::string_view value);
Operation<OptionalString> getdel(std::string_view key);
Operation<OptionalString> getex(std::string_view key, std::chrono::milliseconds ttl);
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
Operation<bool> persist(std::string_view key);
Operation<std::string> type(std::string_view key);
Operation<void> rename(std::string_view key, std::string_view new_key);
Operation<bool> renamenx(std::string_view key, std::string_view new_key);

Operation<Value> command(std::span<const std::string_view> words);

}  // namespace operations
}  // namespace cachekit
