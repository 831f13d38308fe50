// Lists.

#pragma once

#include <cstdint>
#include <string>

#include "bindings/python/binder.h"

namespace cachekit::python {

/// "left" and "right", as Redis calls them.
inline ListEnd list_end(const std::string& name) {
  if (name == "left") return ListEnd::front;
  if (name == "right") return ListEnd::back;
  throw Error(Status(Code::invalid_argument,
                     "the end of a list is '" + name + "'; expected 'left' or 'right'"));
}

inline ListSide list_side(const std::string& name) {
  if (name == "before") return ListSide::before;
  if (name == "after") return ListSide::after;
  throw Error(Status(Code::invalid_argument,
                     "linsert: where is '" + name + "'; expected 'before' or 'after'"));
}

template <class Binder>
void bind_pushes_and_pops(Binder& bind) {
  bind.def_many(
      "lpush", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& values) {
        return target.lpush(key.bytes, values);
      },
      "key"_a, "Puts values at the front, one after the other; the new length.");
  bind.def_many(
      "rpush", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& values) {
        return target.rpush(key.bytes, values);
      },
      "key"_a, "Puts values at the back; the new length.");
  bind.def_many(
      "lpushx", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& values) {
        return target.lpushx(key.bytes, values);
      },
      "key"_a, "Like lpush, for a list that exists; 0 otherwise.");
  bind.def_many(
      "rpushx", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& values) {
        return target.rpushx(key.bytes, values);
      },
      "key"_a, "Like rpush, for a list that exists; 0 otherwise.");
  bind.def(
      "lpop", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.lpop(key.bytes); }, "key"_a,
      "Takes the first element; None for no key.");
  bind.def(
      "lpop", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t count) {
        return target.lpop(key.bytes, count);
      },
      "key"_a, "count"_a, "Takes up to count elements from the front, as a list.");
  bind.def(
      "rpop", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.rpop(key.bytes); }, "key"_a,
      "Takes the last element; None for no key.");
  bind.def(
      "rpop", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t count) {
        return target.rpop(key.bytes, count);
      },
      "key"_a, "count"_a, "Takes up to count elements from the back, as a list.");
  bind.def(
      "lmove", takes<const Bytes&, const Bytes&, const std::string&, const std::string&>,
      [](auto& target, const Bytes& source, const Bytes& to, const std::string& source_end,
         const std::string& target_end) {
        return target.lmove(source.bytes, to.bytes, list_end(source_end), list_end(target_end));
      },
      "source"_a, "target"_a, "source_end"_a = "left", "target_end"_a = "right",
      "Takes an element from an end ('left' or 'right') of source to one of target, and returns "
      "it; None for no source. Both keys must share a shard.");
}

template <class Binder>
void bind_list_reads(Binder& bind) {
  bind.def(
      "llen", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.llen(key.bytes); }, "key"_a,
      "The number of elements; 0 for no key.");
  bind.def(
      "lindex", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t index) {
        return target.lindex(key.bytes, index);
      },
      "key"_a, "index"_a, "The element at an index, negative from the end; None beyond the ends.");
  bind.def(
      "lrange", takes<const Bytes&, std::int64_t, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t first, std::int64_t last) {
        return target.lrange(key.bytes, first, last);
      },
      "key"_a, "first"_a, "last"_a,
      "Elements first to last, both included; negatives from the end.");
  bind.def(
      "lpos", takes<const Bytes&, const Bytes&, std::int64_t, std::int64_t>,
      [](auto& target, const Bytes& key, const Bytes& value, std::int64_t rank,
         std::int64_t max_compared) {
        return target.lpos(key.bytes, value.bytes, {.rank = rank, .max_compared = max_compared});
      },
      "key"_a, "value"_a, py::kw_only(), "rank"_a = 1, "max_compared"_a = 0,
      "The index of an element that equals value, or None. rank: 2 for the second, -1 for the "
      "last.");
  bind.def(
      "lpos_all", takes<const Bytes&, const Bytes&, std::int64_t, std::int64_t, std::int64_t>,
      [](auto& target, const Bytes& key, const Bytes& value, std::int64_t count, std::int64_t rank,
         std::int64_t max_compared) {
        return target.lpos_all(key.bytes, value.bytes, count,
                               {.rank = rank, .max_compared = max_compared});
      },
      "key"_a, "value"_a, "count"_a = 0, py::kw_only(), "rank"_a = 1, "max_compared"_a = 0,
      "The indices of up to count such elements; 0: of all.");
}

template <class Binder>
void bind_list_edits(Binder& bind) {
  bind.def(
      "linsert", takes<const Bytes&, const std::string&, const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const std::string& where, const Bytes& pivot,
         const Bytes& value) {
        return target.linsert(key.bytes, list_side(where), pivot.bytes, value.bytes);
      },
      "key"_a, "where"_a, "pivot"_a, "value"_a,
      "Puts value 'before' or 'after' the first element that equals pivot. The new length; -1 "
      "without such an element, 0 without a key.");
  bind.def(
      "lset", takes<const Bytes&, std::int64_t, const Bytes&>,
      [](auto& target, const Bytes& key, std::int64_t index, const Bytes& value) {
        return target.lset(key.bytes, index, value.bytes);
      },
      "key"_a, "index"_a, "value"_a, "Sets an element; ServerError if there is none.");
  bind.def(
      "lrem", takes<const Bytes&, std::int64_t, const Bytes&>,
      [](auto& target, const Bytes& key, std::int64_t count, const Bytes& value) {
        return target.lrem(key.bytes, count, value.bytes);
      },
      "key"_a, "count"_a, "value"_a,
      "Removes up to count elements that equal value, negative: from the back, 0: all; how many.");
  bind.def(
      "ltrim", takes<const Bytes&, std::int64_t, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t first, std::int64_t last) {
        return target.ltrim(key.bytes, first, last);
      },
      "key"_a, "first"_a, "last"_a, "Keeps elements first to last, both included.");
}

template <class Binder>
void bind_list_commands(Binder& bind) {
  bind_pushes_and_pops(bind);
  bind_list_reads(bind);
  bind_list_edits(bind);
}

}  // namespace cachekit::python
