#include "client/api/decode.h"
#include "client/api/operations/words.h"

namespace cachekit::operations {
namespace {

using api::decode_flag;
using api::decode_integer;
using api::decode_ok;
using api::decode_optional_integer;
using api::decode_optional_string;
using api::decode_page_of_strings;
using api::decode_simple_string;

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

}  // namespace

Operation<std::int64_t> del(Keys keys) {
  return {with_strings({"DEL"}, keys), decode_integer<"DEL">};
}

Operation<std::int64_t> unlink(Keys keys) {
  return {with_strings({"UNLINK"}, keys), decode_integer<"UNLINK">};
}

Operation<std::int64_t> exists(Keys keys) {
  return {with_strings({"EXISTS"}, keys), decode_integer<"EXISTS">};
}

Operation<std::int64_t> touch(Keys keys) {
  return {with_strings({"TOUCH"}, keys), decode_integer<"TOUCH">};
}

Operation<bool> expire(std::string_view key, std::chrono::milliseconds ttl,
                       ExpireCondition condition) {
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

Operation<std::int64_t> expiretime(std::string_view key) {
  return {words_of({"EXPIRETIME", key}), decode_integer<"EXPIRETIME">};
}

Operation<std::int64_t> pexpiretime(std::string_view key) {
  return {words_of({"PEXPIRETIME", key}), decode_integer<"PEXPIRETIME">};
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

Operation<bool> copy(std::string_view key, std::string_view new_key, bool replace) {
  Request request = words_of({"COPY", key, new_key});
  if (replace) request.add("REPLACE");
  return {std::move(request), decode_flag<"COPY">};
}

Operation<OptionalString> object_encoding(std::string_view key) {
  return {words_of({"OBJECT", "ENCODING", key}), decode_optional_string<"OBJECT ENCODING">};
}

Operation<std::optional<std::int64_t>> object_freq(std::string_view key) {
  return {words_of({"OBJECT", "FREQ", key}), decode_optional_integer<"OBJECT FREQ">};
}

Operation<std::optional<std::int64_t>> object_idletime(std::string_view key) {
  return {words_of({"OBJECT", "IDLETIME", key}), decode_optional_integer<"OBJECT IDLETIME">};
}

Operation<std::optional<std::int64_t>> object_refcount(std::string_view key) {
  return {words_of({"OBJECT", "REFCOUNT", key}), decode_optional_integer<"OBJECT REFCOUNT">};
}

Operation<std::optional<std::int64_t>> memory_usage(std::string_view key) {
  return {words_of({"MEMORY", "USAGE", key}), decode_optional_integer<"MEMORY USAGE">};
}

Operation<ScanPage<std::string>> scan(std::uint64_t cursor, const ScanOptions& options) {
  Request request = words_of({"SCAN", std::to_string(cursor)});
  add_scan_options(request, options);
  return {std::move(request), decode_page_of_strings<"SCAN">};
}

Operation<Value> command(std::span<const std::string_view> words) {
  Request request = with_strings({}, words);
  if (words.empty()) request.refuse("a command needs at least its name");
  return {std::move(request), [](Value reply) -> Result<Value> { return reply; }};
}

}  // namespace cachekit::operations
