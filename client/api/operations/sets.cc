#include "client/api/decode.h"
#include "client/api/operations/words.h"

namespace cachekit::operations {
namespace {

using api::decode_flag;
using api::decode_flags;
using api::decode_integer;
using api::decode_optional_string;
using api::decode_page_of_strings;
using api::decode_strings;

Request with_members(std::string_view name, std::string_view key, Strings members) {
  Request request = with_strings({name, key}, members);
  require_some(request, members.size(), "member");
  return request;
}

Request store(std::string_view name, std::string_view target, Keys keys) {
  Request request = with_strings({name, target}, keys);
  require_some(request, keys.size(), "key besides its target");
  return request;
}

}  // namespace

Operation<std::int64_t> sadd(std::string_view key, Strings members) {
  return {with_members("SADD", key, members), decode_integer<"SADD">};
}

Operation<std::int64_t> srem(std::string_view key, Strings members) {
  return {with_members("SREM", key, members), decode_integer<"SREM">};
}

Operation<std::int64_t> scard(std::string_view key) {
  return {words_of({"SCARD", key}), decode_integer<"SCARD">};
}

Operation<bool> sismember(std::string_view key, std::string_view member) {
  return {words_of({"SISMEMBER", key, member}), decode_flag<"SISMEMBER">};
}

Operation<std::vector<bool>> smismember(std::string_view key, Strings members) {
  return {with_members("SMISMEMBER", key, members), decode_flags<"SMISMEMBER">};
}

Operation<std::vector<std::string>> smembers(std::string_view key) {
  return {words_of({"SMEMBERS", key}), decode_strings<"SMEMBERS">};
}

Operation<ScanPage<std::string>> sscan(std::string_view key, std::uint64_t cursor,
                                       const ScanOptions& options) {
  Request request = words_of({"SSCAN", key, std::to_string(cursor)});
  add_element_scan_options(request, options);
  return {std::move(request), decode_page_of_strings<"SSCAN">};
}

Operation<bool> smove(std::string_view source, std::string_view target, std::string_view member) {
  return {words_of({"SMOVE", source, target, member}), decode_flag<"SMOVE">};
}

Operation<OptionalString> spop(std::string_view key) {
  return {words_of({"SPOP", key}), decode_optional_string<"SPOP">};
}

Operation<std::vector<std::string>> spop(std::string_view key, std::int64_t count) {
  Request request = words_of({"SPOP", key}).add(count);
  require_count(request, count);
  return {std::move(request), decode_strings<"SPOP">};
}

Operation<OptionalString> srandmember(std::string_view key) {
  return {words_of({"SRANDMEMBER", key}), decode_optional_string<"SRANDMEMBER">};
}

Operation<std::vector<std::string>> srandmember(std::string_view key, std::int64_t count) {
  return {words_of({"SRANDMEMBER", key}).add(count), decode_strings<"SRANDMEMBER">};
}

Operation<std::vector<std::string>> sinter(Keys keys) {
  return {with_strings({"SINTER"}, keys), decode_strings<"SINTER">};
}

Operation<std::vector<std::string>> sunion(Keys keys) {
  return {with_strings({"SUNION"}, keys), decode_strings<"SUNION">};
}

Operation<std::vector<std::string>> sdiff(Keys keys) {
  return {with_strings({"SDIFF"}, keys), decode_strings<"SDIFF">};
}

Operation<std::int64_t> sintercard(Keys keys, std::int64_t limit) {
  Request request = with_strings({"SINTERCARD", std::to_string(keys.size())}, keys);
  if (limit != 0) request.add("LIMIT").add(limit);
  if (limit < 0) request.refuse("SINTERCARD was given a limit below 0");
  require_some(request, keys.size(), "key");
  return {std::move(request), decode_integer<"SINTERCARD">};
}

Operation<std::int64_t> sinterstore(std::string_view target, Keys keys) {
  return {store("SINTERSTORE", target, keys), decode_integer<"SINTERSTORE">};
}

Operation<std::int64_t> sunionstore(std::string_view target, Keys keys) {
  return {store("SUNIONSTORE", target, keys), decode_integer<"SUNIONSTORE">};
}

Operation<std::int64_t> sdiffstore(std::string_view target, Keys keys) {
  return {store("SDIFFSTORE", target, keys), decode_integer<"SDIFFSTORE">};
}

}  // namespace cachekit::operations
