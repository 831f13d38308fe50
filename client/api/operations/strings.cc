#include <fmt/format.h>

#include "client/api/decode.h"
#include "client/api/operations/words.h"

namespace cachekit::operations {
namespace {

using api::decode_double;
using api::decode_flag;
using api::decode_integer;
using api::decode_ok;
using api::decode_ok_or_nothing;
using api::decode_optional_string;
using api::decode_optional_strings;
using api::decode_string;
using std::chrono::milliseconds;

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

Request set_request(std::string_view key, std::string_view value, const SetOptions& options) {
  Request request = words_of({"SET", key, value});
  add_options(request, options);
  if (std::string problem = problem_with(options); !problem.empty()) {
    request.refuse(std::move(problem));
  }
  return request;
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
  return {set_request(key, value, options), decode_ok_or_nothing<"SET">};
}

Operation<OptionalString> set_get(std::string_view key, std::string_view value,
                                  const SetOptions& options) {
  return {set_request(key, value, options).add("GET"), decode_optional_string<"SET">};
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

Operation<OptionalString> getex_at(std::string_view key,
                                   std::chrono::system_clock::time_point time) {
  return {words_of({"GETEX", key, "PXAT"}).add(unix_milliseconds(time)),
          decode_optional_string<"GETEX">};
}

Operation<OptionalString> getex_persist(std::string_view key) {
  return {words_of({"GETEX", key, "PERSIST"}), decode_optional_string<"GETEX">};
}

Operation<std::vector<OptionalString>> mget(Keys keys) {
  return {with_strings({"MGET"}, keys), decode_optional_strings<"MGET">};
}

Operation<void> mset(std::span<const KeyValue> pairs) {
  return {with_pairs({"MSET"}, pairs), decode_ok<"MSET">};
}

Operation<bool> msetnx(std::span<const KeyValue> pairs) {
  return {with_pairs({"MSETNX"}, pairs), decode_flag<"MSETNX">};
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
  Request request = words_of({"INCRBYFLOAT", key});
  add_finite(request, by);
  return {std::move(request), decode_double<"INCRBYFLOAT">};
}

}  // namespace cachekit::operations
