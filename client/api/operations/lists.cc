#include "client/api/decode.h"
#include "client/api/operations/words.h"

namespace cachekit::operations {
namespace {

using api::decode_integer;
using api::decode_integers;
using api::decode_ok;
using api::decode_optional_integer;
using api::decode_optional_string;
using api::decode_strings;
using api::decode_strings_or_nothing;

Request push(std::string_view name, std::string_view key, Strings values) {
  Request request = with_strings({name, key}, values);
  require_some(request, values.size(), "value");
  return request;
}

Request pop_many(std::string_view name, std::string_view key, std::int64_t count) {
  Request request = words_of({name, key}).add(count);
  require_count(request, count);
  return request;
}

Request find(std::string_view key, std::string_view value, const PositionOptions& options) {
  Request request = words_of({"LPOS", key, value});
  if (options.rank != 1) request.add("RANK").add(options.rank);
  if (options.max_compared != 0) request.add("MAXLEN").add(options.max_compared);
  if (options.rank == 0) request.refuse("LPOS was given rank 0; ranks count from 1, or from -1");
  if (options.max_compared < 0) request.refuse("LPOS was given a max_compared below 0");
  return request;
}

std::string_view word_of(ListEnd end) { return end == ListEnd::front ? "LEFT" : "RIGHT"; }

}  // namespace

Operation<std::int64_t> lpush(std::string_view key, Strings values) {
  return {push("LPUSH", key, values), decode_integer<"LPUSH">};
}

Operation<std::int64_t> rpush(std::string_view key, Strings values) {
  return {push("RPUSH", key, values), decode_integer<"RPUSH">};
}

Operation<std::int64_t> lpushx(std::string_view key, Strings values) {
  return {push("LPUSHX", key, values), decode_integer<"LPUSHX">};
}

Operation<std::int64_t> rpushx(std::string_view key, Strings values) {
  return {push("RPUSHX", key, values), decode_integer<"RPUSHX">};
}

Operation<OptionalString> lpop(std::string_view key) {
  return {words_of({"LPOP", key}), decode_optional_string<"LPOP">};
}

Operation<OptionalString> rpop(std::string_view key) {
  return {words_of({"RPOP", key}), decode_optional_string<"RPOP">};
}

Operation<std::vector<std::string>> lpop(std::string_view key, std::int64_t count) {
  return {pop_many("LPOP", key, count), decode_strings_or_nothing<"LPOP">};
}

Operation<std::vector<std::string>> rpop(std::string_view key, std::int64_t count) {
  return {pop_many("RPOP", key, count), decode_strings_or_nothing<"RPOP">};
}

Operation<std::int64_t> llen(std::string_view key) {
  return {words_of({"LLEN", key}), decode_integer<"LLEN">};
}

Operation<OptionalString> lindex(std::string_view key, std::int64_t index) {
  return {words_of({"LINDEX", key}).add(index), decode_optional_string<"LINDEX">};
}

Operation<std::vector<std::string>> lrange(std::string_view key, std::int64_t first,
                                           std::int64_t last) {
  return {words_of({"LRANGE", key}).add(first).add(last), decode_strings<"LRANGE">};
}

Operation<std::optional<std::int64_t>> lpos(std::string_view key, std::string_view value,
                                            const PositionOptions& options) {
  return {find(key, value, options), decode_optional_integer<"LPOS">};
}

Operation<std::vector<std::int64_t>> lpos_all(std::string_view key, std::string_view value,
                                              std::int64_t count, const PositionOptions& options) {
  Request request = find(key, value, options).add("COUNT").add(count);
  require_count(request, count);
  return {std::move(request), decode_integers<"LPOS">};
}

Operation<std::int64_t> linsert(std::string_view key, ListSide side, std::string_view pivot,
                                std::string_view value) {
  const std::string_view where = side == ListSide::before ? "BEFORE" : "AFTER";
  return {words_of({"LINSERT", key, where, pivot, value}), decode_integer<"LINSERT">};
}

Operation<void> lset(std::string_view key, std::int64_t index, std::string_view value) {
  return {words_of({"LSET", key}).add(index).add(value), decode_ok<"LSET">};
}

Operation<std::int64_t> lrem(std::string_view key, std::int64_t count, std::string_view value) {
  return {words_of({"LREM", key}).add(count).add(value), decode_integer<"LREM">};
}

Operation<void> ltrim(std::string_view key, std::int64_t first, std::int64_t last) {
  return {words_of({"LTRIM", key}).add(first).add(last), decode_ok<"LTRIM">};
}

Operation<OptionalString> lmove(std::string_view source, std::string_view target, ListEnd from,
                                ListEnd to) {
  return {words_of({"LMOVE", source, target, word_of(from), word_of(to)}),
          decode_optional_string<"LMOVE">};
}

}  // namespace cachekit::operations
