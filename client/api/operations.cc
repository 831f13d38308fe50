#include "cachekit/operations.h"

#include <fmt/format.h>

#include <cmath>

#include "client/api/decode.h"

namespace cachekit::operations {
namespace {

using api::decode_double;
using api::decode_flag;
using api::decode_integer;
using api::decode_ok;
using api::decode_ok_or_nothing;
using api::decode_optional_string;
using api::decode_optional_strings;
using api::decode_simple_string;
using api::decode_string;
using std::chrono::milliseconds;

Request words_of(std::initializer_list<std::string_view> words) {
  Request request;
  std::size_t bytes = 0;
  for (const std::string_view word : words) bytes += word.size();
  request.reserve(words.size(), bytes);
  for (const std::string_view word : words) request.add(word);
  return request;
}

Request with_keys(std::string_view name, Keys keys) {
  Request request;
  std::size_t bytes = name.size();
  for (const std::string_view key : keys) bytes += key.size();
  request.reserve(keys.size() + 1, bytes);
  request.add(name);
  for (const std::string_view key : keys) request.add(key);
  return request;
}

Request with_pairs(std::string_view name, std::span<const KeyValue> pairs) {
  Request request;
  std::size_t bytes = name.size();
  for (const auto& [key, value] : pairs) bytes += key.size() + value.size();
  request.reserve(pairs.size() * 2 + 1, bytes);
  request.add(name);
  for (const auto& [key, value] : pairs) request.add(key).add(value);
  return request;
}

std::int64_t unix_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::ceil<milliseconds>(time.time_since_epoch()).count();
}

std::string problem_with_ttl(std::string_view command, milliseconds ttl) {
  if (ttl.count() >= 1) return {};
  return fmt::format("{} was given a time to live of {} ms; it must be at least 1 ms", command,
                     ttl.count());
}

std::string problem_with(const SetOptions& options) {
  const int expiries =
      int{options.ttl.has_value()} + int{options.expire_at.has_value()} + int{options.keep_ttl};
  if (expiries > 1) return "SET takes at most one of ttl, expire_at and keep_ttl";
  if (options.if_equal && options.condition != SetOptions::Condition::always) {
    return "SET takes if_equal or a condition, not both";
  }
  return options.ttl ? problem_with_ttl("SET", *options.ttl) : std::string();
}

void add_options(Request& request, const SetOptions& options) {
  if (options.ttl) request.add("PX").add(options.ttl->count());
  if (options.expire_at) request.add("PXAT").add(unix_milliseconds(*options.expire_at));
  if (options.keep_ttl) request.add("KEEPTTL");
  if (options.condition == SetOptions::Condition::if_absent) request.add("NX");
  if (options.condition == SetOptions::Condition::if_present) request.add("XX");
  if (options.if_equal) request.add("IFEQ").add(*options.if_equal);
}

void add_condition(Request& request, ExpireCondition condition) {
  switch (condition) {
    case ExpireCondition::always:
      return;
    case ExpireCondition::if_none:
      request.add("NX");
      return;
    case ExpireCondition::if_any:
      request.add("XX");
      return;
    case ExpireCondition::if_later:
      request.add("GT");
      return;
    case ExpireCondition::if_earlier:
      request.add("LT");
      return;
  }
}

Request step(std::string_view by_one, std::string_view by_any, std::string_view key,
             std::int64_t by) {
  if (by == 1) return words_of({by_one, key});
  return words_of({by_any, key}).add(by);
}

}  // namespace

Operation<OptionalString> get(std::string_view key) {
  return {words_of({"GET", key}), decode_optional_string<"GET">};
}

Operation<bool> set(std::string_view key, std::string_view value, const SetOptions& options) {
  Request request = words_of({"SET", key, value});
  add_options(request, options);
  if (std::string problem = problem_with(options); !problem.empty()) {
    request.refuse(std::move(problem));
  }
  return {std::move(request), decode_ok_or_nothing<"SET">};
}

Operation<OptionalString> getset(std::string_view key, std::string_view value) {
  return {words_of({"GETSET", key, value}), decode_optional_string<"GETSET">};
}

Operation<OptionalString> getdel(std::string_view key) {
  return {words_of({"GETDEL", key}), decode_optional_string<"GETDEL">};
}

Operation<OptionalString> getex(std::string_view key, milliseconds ttl) {
  Request request = words_of({"GETEX", key, "PX"});
  request.add(ttl.count());
  if (std::string problem = problem_with_ttl("GETEX", ttl); !problem.empty()) {
    request.refuse(std::move(problem));
  }
  return {std::move(request), decode_optional_string<"GETEX">};
}

Operation<std::vector<OptionalString>> mget(Keys keys) {
  return {with_keys("MGET", keys), decode_optional_strings<"MGET">};
}

Operation<void> mset(std::span<const KeyValue> pairs) {
  return {with_pairs("MSET", pairs), decode_ok<"MSET">};
}

Operation<bool> msetnx(std::span<const KeyValue> pairs) {
  return {with_pairs("MSETNX", pairs), decode_flag<"MSETNX">};
}

Operation<std::int64_t> append(std::string_view key, std::string_view suffix) {
  return {words_of({"APPEND", key, suffix}), decode_integer<"APPEND">};
}

Operation<std::int64_t> strlen(std::string_view key) {
  return {words_of({"STRLEN", key}), decode_integer<"STRLEN">};
}

Operation<std::string> getrange(std::string_view key, std::int64_t first, std::int64_t last) {
  return {words_of({"GETRANGE", key}).add(first).add(last), decode_string<"GETRANGE">};
}

Operation<std::int64_t> setrange(std::string_view key, std::int64_t offset,
                                 std::string_view bytes) {
  return {words_of({"SETRANGE", key}).add(offset).add(bytes), decode_integer<"SETRANGE">};
}

Operation<bool> delifeq(std::string_view key, std::string_view value) {
  return {words_of({"DELIFEQ", key, value}), decode_flag<"DELIFEQ">};
}

Operation<std::int64_t> incr(std::string_view key, std::int64_t by) {
  return {step("INCR", "INCRBY", key, by), decode_integer<"INCR">};
}

Operation<std::int64_t> decr(std::string_view key, std::int64_t by) {
  return {step("DECR", "DECRBY", key, by), decode_integer<"DECR">};
}

Operation<double> incrbyfloat(std::string_view key, double by) {
  Request request = words_of({"INCRBYFLOAT", key, fmt::format("{}", by)});
  if (!std::isfinite(by)) {
    request.refuse(fmt::format("INCRBYFLOAT was given {}; expected a finite number", by));
  }
  return {std::move(request), decode_double<"INCRBYFLOAT">};
}

Operation<std::int64_t> del(Keys keys) { return {with_keys("DEL", keys), decode_integer<"DEL">}; }

Operation<std::int64_t> unlink(Keys keys) {
  return {with_keys("UNLINK", keys), decode_integer<"UNLINK">};
}

Operation<std::int64_t> exists(Keys keys) {
  return {with_keys("EXISTS", keys), decode_integer<"EXISTS">};
}

Operation<std::int64_t> touch(Keys keys) {
  return {with_keys("TOUCH", keys), decode_integer<"TOUCH">};
}

Operation<bool> expire(std::string_view key, milliseconds ttl, ExpireCondition condition) {
  Request request = words_of({"PEXPIRE", key}).add(ttl.count());
  add_condition(request, condition);
  return {std::move(request), decode_flag<"PEXPIRE">};
}

Operation<bool> expire_at(std::string_view key, std::chrono::system_clock::time_point time,
                          ExpireCondition condition) {
  Request request = words_of({"PEXPIREAT", key}).add(unix_milliseconds(time));
  add_condition(request, condition);
  return {std::move(request), decode_flag<"PEXPIREAT">};
}

Operation<std::int64_t> ttl(std::string_view key) {
  return {words_of({"TTL", key}), decode_integer<"TTL">};
}

Operation<std::int64_t> pttl(std::string_view key) {
  return {words_of({"PTTL", key}), decode_integer<"PTTL">};
}

Operation<bool> persist(std::string_view key) {
  return {words_of({"PERSIST", key}), decode_flag<"PERSIST">};
}

Operation<std::string> type(std::string_view key) {
  return {words_of({"TYPE", key}), decode_simple_string<"TYPE">};
}

Operation<void> rename(std::string_view key, std::string_view new_key) {
  return {words_of({"RENAME", key, new_key}), decode_ok<"RENAME">};
}

Operation<bool> renamenx(std::string_view key, std::string_view new_key) {
  return {words_of({"RENAMENX", key, new_key}), decode_flag<"RENAMENX">};
}

Operation<Value> command(std::span<const std::string_view> words) {
  Request request;
  for (const std::string_view word : words) request.add(word);
  if (words.empty()) request.refuse("a command needs at least its name");
  return {std::move(request), [](Value reply) -> Result<Value> { return reply; }};
}

}  // namespace cachekit::operations
