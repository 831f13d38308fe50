// The methods for hashes; see commands.h.
//
// A hash without fields is no key. Fields come in no order. HMSET is hset(), so it has no method.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class HashCommands {
 public:
  /// How many fields are new.
  Outcome<std::int64_t> hset(std::string_view key, std::span<const KeyValue> fields) {
    return self().run(operations::hset(key, fields));
  }
  Outcome<std::int64_t> hset(std::string_view key, std::initializer_list<KeyValue> fields) {
    return hset(key, std::span<const KeyValue>(fields.begin(), fields.size()));
  }
  Outcome<std::int64_t> hset(std::string_view key, std::string_view field, std::string_view value) {
    const KeyValue one(field, value);
    return hset(key, std::span<const KeyValue>(&one, 1));
  }
  /// True if written, false if the field exists.
  Outcome<bool> hsetnx(std::string_view key, std::string_view field, std::string_view value) {
    return self().run(operations::hsetnx(key, field, value));
  }

  /// The value of a field, or nothing.
  Outcome<OptionalString> hget(std::string_view key, std::string_view field) {
    return self().run(operations::hget(key, field));
  }
  /// The values in the order of the fields.
  Outcome<std::vector<OptionalString>> hmget(std::string_view key, Strings fields) {
    return self().run(operations::hmget(key, fields));
  }
  Outcome<std::vector<OptionalString>> hmget(std::string_view key,
                                             std::initializer_list<std::string_view> fields) {
    return hmget(key, Strings(fields.begin(), fields.size()));
  }
  Outcome<std::vector<FieldValue>> hgetall(std::string_view key) {
    return self().run(operations::hgetall(key));
  }

  /// How many of the fields existed.
  Outcome<std::int64_t> hdel(std::string_view key, Strings fields) {
    return self().run(operations::hdel(key, fields));
  }
  Outcome<std::int64_t> hdel(std::string_view key, std::initializer_list<std::string_view> fields) {
    return hdel(key, Strings(fields.begin(), fields.size()));
  }
  Outcome<std::int64_t> hdel(std::string_view key, std::string_view field) {
    return hdel(key, {&field, 1});
  }

  Outcome<bool> hexists(std::string_view key, std::string_view field) {
    return self().run(operations::hexists(key, field));
  }
  /// How many fields there are; 0 for no key.
  Outcome<std::int64_t> hlen(std::string_view key) { return self().run(operations::hlen(key)); }
  /// The length of a value in bytes; 0 for no field.
  Outcome<std::int64_t> hstrlen(std::string_view key, std::string_view field) {
    return self().run(operations::hstrlen(key, field));
  }
  Outcome<std::vector<std::string>> hkeys(std::string_view key) {
    return self().run(operations::hkeys(key));
  }
  Outcome<std::vector<std::string>> hvals(std::string_view key) {
    return self().run(operations::hvals(key));
  }

  /// The new number. A missing field counts as 0.
  Outcome<std::int64_t> hincrby(std::string_view key, std::string_view field, std::int64_t by) {
    return self().run(operations::hincrby(key, field, by));
  }
  Outcome<double> hincrbyfloat(std::string_view key, std::string_view field, double by) {
    return self().run(operations::hincrbyfloat(key, field, by));
  }

  /// A random field; nothing for no key.
  Outcome<OptionalString> hrandfield(std::string_view key) {
    return self().run(operations::hrandfield(key));
  }
  /// Up to `count` different ones; negative: exactly as many, the same ones repeatedly.
  Outcome<std::vector<std::string>> hrandfield(std::string_view key, std::int64_t count) {
    return self().run(operations::hrandfield(key, count));
  }
  Outcome<std::vector<FieldValue>> hrandfield_with_values(std::string_view key,
                                                          std::int64_t count) {
    return self().run(operations::hrandfield_with_values(key, count));
  }

  /// One step of a walk: begin with cursor 0, go on with that of the page until it is 0 again. A
  /// field that is there throughout is told at least once. `match` is for fields.
  Outcome<ScanPage<FieldValue>> hscan(std::string_view key, std::uint64_t cursor,
                                      const ScanOptions& options = {}) {
    return self().run(operations::hscan(key, cursor, options));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace cachekit
