#include "client/api/decode.h"
#include "client/api/operations/words.h"

namespace cachekit::operations {
namespace {

using api::decode_double;
using api::decode_flag;
using api::decode_integer;
using api::decode_optional_string;
using api::decode_optional_strings;
using api::decode_page_of_pairs;
using api::decode_pairs;
using api::decode_strings;

Request with_fields(std::string_view name, std::string_view key, Strings fields) {
  Request request = with_strings({name, key}, fields);
  require_some(request, fields.size(), "field");
  return request;
}

}  // namespace

Operation<std::int64_t> hset(std::string_view key, std::span<const KeyValue> fields) {
  Request request = with_pairs({"HSET", key}, fields);
  require_some(request, fields.size(), "field");
  return {std::move(request), decode_integer<"HSET">};
}

Operation<bool> hsetnx(std::string_view key, std::string_view field, std::string_view value) {
  return {words_of({"HSETNX", key, field, value}), decode_flag<"HSETNX">};
}

Operation<OptionalString> hget(std::string_view key, std::string_view field) {
  return {words_of({"HGET", key, field}), decode_optional_string<"HGET">};
}

Operation<std::vector<OptionalString>> hmget(std::string_view key, Strings fields) {
  return {with_fields("HMGET", key, fields), decode_optional_strings<"HMGET">};
}

Operation<std::vector<FieldValue>> hgetall(std::string_view key) {
  return {words_of({"HGETALL", key}), decode_pairs<"HGETALL">};
}

Operation<std::int64_t> hdel(std::string_view key, Strings fields) {
  return {with_fields("HDEL", key, fields), decode_integer<"HDEL">};
}

Operation<bool> hexists(std::string_view key, std::string_view field) {
  return {words_of({"HEXISTS", key, field}), decode_flag<"HEXISTS">};
}

Operation<std::int64_t> hlen(std::string_view key) {
  return {words_of({"HLEN", key}), decode_integer<"HLEN">};
}

Operation<std::int64_t> hstrlen(std::string_view key, std::string_view field) {
  return {words_of({"HSTRLEN", key, field}), decode_integer<"HSTRLEN">};
}

Operation<std::vector<std::string>> hkeys(std::string_view key) {
  return {words_of({"HKEYS", key}), decode_strings<"HKEYS">};
}

Operation<std::vector<std::string>> hvals(std::string_view key) {
  return {words_of({"HVALS", key}), decode_strings<"HVALS">};
}

Operation<std::int64_t> hincrby(std::string_view key, std::string_view field, std::int64_t by) {
  return {words_of({"HINCRBY", key, field}).add(by), decode_integer<"HINCRBY">};
}

Operation<double> hincrbyfloat(std::string_view key, std::string_view field, double by) {
  Request request = words_of({"HINCRBYFLOAT", key, field});
  add_finite(request, by);
  return {std::move(request), decode_double<"HINCRBYFLOAT">};
}

Operation<OptionalString> hrandfield(std::string_view key) {
  return {words_of({"HRANDFIELD", key}), decode_optional_string<"HRANDFIELD">};
}

Operation<std::vector<std::string>> hrandfield(std::string_view key, std::int64_t count) {
  return {words_of({"HRANDFIELD", key}).add(count), decode_strings<"HRANDFIELD">};
}

Operation<std::vector<FieldValue>> hrandfield_with_values(std::string_view key,
                                                          std::int64_t count) {
  return {words_of({"HRANDFIELD", key}).add(count).add("WITHVALUES"), decode_pairs<"HRANDFIELD">};
}

Operation<ScanPage<FieldValue>> hscan(std::string_view key, std::uint64_t cursor,
                                      const ScanOptions& options) {
  Request request = words_of({"HSCAN", key, std::to_string(cursor)});
  add_element_scan_options(request, options);
  return {std::move(request), decode_page_of_pairs<"HSCAN">};
}

}  // namespace cachekit::operations
