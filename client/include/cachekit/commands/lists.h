// The methods for lists; see commands.h.
//
// Indices count from 0, negative ones from the end: -1 is the last element. A list without elements
// is no key. LMOVE says it all, so RPOPLPUSH has no method.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class ListCommands {
 public:
  /// The new length. One value after the other is put at the front, so the last comes to be first.
  Outcome<std::int64_t> lpush(std::string_view key, Strings values) {
    return self().run(operations::lpush(key, values));
  }
  Outcome<std::int64_t> lpush(std::string_view key,
                              std::initializer_list<std::string_view> values) {
    return lpush(key, Strings(values.begin(), values.size()));
  }
  Outcome<std::int64_t> lpush(std::string_view key, std::string_view value) {
    return lpush(key, {&value, 1});
  }
  /// The new length; the values are put at the back, in their order.
  Outcome<std::int64_t> rpush(std::string_view key, Strings values) {
    return self().run(operations::rpush(key, values));
  }
  Outcome<std::int64_t> rpush(std::string_view key,
                              std::initializer_list<std::string_view> values) {
    return rpush(key, Strings(values.begin(), values.size()));
  }
  Outcome<std::int64_t> rpush(std::string_view key, std::string_view value) {
    return rpush(key, {&value, 1});
  }

  /// The same for a list that exists; otherwise 0, and nothing is done.
  Outcome<std::int64_t> lpushx(std::string_view key, Strings values) {
    return self().run(operations::lpushx(key, values));
  }
  Outcome<std::int64_t> lpushx(std::string_view key,
                               std::initializer_list<std::string_view> values) {
    return lpushx(key, Strings(values.begin(), values.size()));
  }
  Outcome<std::int64_t> lpushx(std::string_view key, std::string_view value) {
    return lpushx(key, {&value, 1});
  }
  Outcome<std::int64_t> rpushx(std::string_view key, Strings values) {
    return self().run(operations::rpushx(key, values));
  }
  Outcome<std::int64_t> rpushx(std::string_view key,
                               std::initializer_list<std::string_view> values) {
    return rpushx(key, Strings(values.begin(), values.size()));
  }
  Outcome<std::int64_t> rpushx(std::string_view key, std::string_view value) {
    return rpushx(key, {&value, 1});
  }

  /// Takes the first, or last, element; nothing for no key.
  Outcome<OptionalString> lpop(std::string_view key) { return self().run(operations::lpop(key)); }
  Outcome<OptionalString> rpop(std::string_view key) { return self().run(operations::rpop(key)); }
  /// Takes up to `count` elements, at least 0, in the order in which they are taken; none for no
  /// key.
  Outcome<std::vector<std::string>> lpop(std::string_view key, std::int64_t count) {
    return self().run(operations::lpop(key, count));
  }
  Outcome<std::vector<std::string>> rpop(std::string_view key, std::int64_t count) {
    return self().run(operations::rpop(key, count));
  }

  /// 0 for no key.
  Outcome<std::int64_t> llen(std::string_view key) { return self().run(operations::llen(key)); }
  /// The element at an index; nothing beyond the ends.
  Outcome<OptionalString> lindex(std::string_view key, std::int64_t index) {
    return self().run(operations::lindex(key, index));
  }
  /// Elements first to last, both included.
  Outcome<std::vector<std::string>> lrange(std::string_view key, std::int64_t first,
                                           std::int64_t last) {
    return self().run(operations::lrange(key, first, last));
  }

  /// The index, from the front, of an element that equals value; nothing if there is none.
  Outcome<std::optional<std::int64_t>> lpos(std::string_view key, std::string_view value,
                                            const PositionOptions& options = {}) {
    return self().run(operations::lpos(key, value, options));
  }
  /// The indices of up to `count` such elements; 0: of all.
  Outcome<std::vector<std::int64_t>> lpos_all(std::string_view key, std::string_view value,
                                              std::int64_t count = 0,
                                              const PositionOptions& options = {}) {
    return self().run(operations::lpos_all(key, value, count, options));
  }

  /// Puts value beside the first element that equals pivot. The new length; no_pivot (-1) if there
  /// is no such element, 0 if there is no key.
  Outcome<std::int64_t> linsert(std::string_view key, ListSide side, std::string_view pivot,
                                std::string_view value) {
    return self().run(operations::linsert(key, side, pivot, value));
  }
  /// Fails with server_error if there is no such key or index.
  Outcome<void> lset(std::string_view key, std::int64_t index, std::string_view value) {
    return self().run(operations::lset(key, index, value));
  }
  /// Removes up to `count` elements that equal value, from the front; negative: from the back; 0:
  /// all of them. How many there were.
  Outcome<std::int64_t> lrem(std::string_view key, std::int64_t count, std::string_view value) {
    return self().run(operations::lrem(key, count, value));
  }
  /// Keeps elements first to last, both included, and no others.
  Outcome<void> ltrim(std::string_view key, std::int64_t first, std::int64_t last) {
    return self().run(operations::ltrim(key, first, last));
  }

  /// Takes an element from an end of source to an end of target, and answers with it; nothing if
  /// source is no key. Both keys, which may be the same, must lie on one shard: give them one
  /// {tag}.
  Outcome<OptionalString> lmove(std::string_view source, std::string_view target, ListEnd from,
                                ListEnd to) {
    return self().run(operations::lmove(source, target, from, to));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace cachekit
