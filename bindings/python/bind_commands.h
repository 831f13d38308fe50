// The commands, once, for Client and Pipeline alike.
//
// `call(self, command)` runs `command` on the C++ object behind `self` and answers with what the
// Python method returns: the result on a Client, the pipeline itself on a Pipeline.

#pragma once

#include <pybind11/stl.h>

#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "bindings/python/bind.h"
#include "bindings/python/conversions.h"

namespace cachekit::python {

/// As Python's keyword arguments give them; the library judges which exclude each other.
inline SetOptions set_options(std::optional<Seconds> ex, std::optional<std::int64_t> px,
                              std::optional<Seconds> exat, bool nx, bool xx, bool keepttl,
                              std::optional<Bytes> if_equal) {
  const auto refuse = [](const char* reason) {
    throw Error(Status(Code::invalid_argument, reason));
  };
  if (ex && px) refuse("set: ex and px exclude each other");
  if (nx && xx) refuse("set: nx and xx exclude each other");
  SetOptions options;
  if (ex) options.ttl = to_millis(*ex);
  if (px) options.ttl = std::chrono::milliseconds(*px);
  if (exat) {
    options.expire_at = std::chrono::system_clock::time_point(to_millis(*exat));
  }
  options.keep_ttl = keepttl;
  if (nx) options.condition = SetOptions::Condition::if_absent;
  if (xx) options.condition = SetOptions::Condition::if_present;
  if (if_equal) options.if_equal = std::move(if_equal->bytes);
  return options;
}

inline ExpireCondition expire_condition(bool nx, bool xx, bool gt, bool lt) {
  if (nx + xx + gt + lt > 1) {
    throw Error(Status(Code::invalid_argument, "expire: nx, xx, gt and lt exclude each other"));
  }
  if (nx) return ExpireCondition::if_none;
  if (xx) return ExpireCondition::if_any;
  if (gt) return ExpireCondition::if_later;
  return lt ? ExpireCondition::if_earlier : ExpireCondition::always;
}

using Mapping = std::vector<std::pair<Bytes, Bytes>>;

inline Mapping to_mapping(const py::dict& dict) {
  Mapping mapping;
  for (const auto& [key, value] : dict) {
    mapping.emplace_back(key.cast<Bytes>(), value.cast<Bytes>());
  }
  return mapping;
}

inline std::vector<KeyValue> views_of(const Mapping& mapping) {
  std::vector<KeyValue> views;
  views.reserve(mapping.size());
  for (const auto& [key, value] : mapping) views.emplace_back(key.bytes, value.bytes);
  return views;
}

template <class Self, class Class, class Call>
void bind_string_commands(Class& bound, Call call) {
  using namespace py::literals;
  bound.def(
      "get",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.get(key.bytes); });
      },
      "key"_a, "The value as bytes, or None on a miss.");
  bound.def(
      "set",
      [call](Self self, const Bytes& key, const Bytes& value, std::optional<Seconds> ex,
             std::optional<std::int64_t> px, std::optional<Seconds> exat, bool nx, bool xx,
             bool keepttl, std::optional<Bytes> if_equal) {
        const SetOptions options = set_options(ex, px, exat, nx, xx, keepttl, std::move(if_equal));
        return call(self,
                    [&](auto& target) { return target.set(key.bytes, value.bytes, options); });
      },
      "key"_a, "value"_a, py::kw_only(), "ex"_a = py::none(), "px"_a = py::none(),
      "exat"_a = py::none(), "nx"_a = false, "xx"_a = false, "keepttl"_a = false,
      "if_equal"_a = py::none(),
      "True if written, False if the condition was not met. ex: time to live in seconds (float or "
      "timedelta); px: in milliseconds; exat: expiry in seconds of Unix time; nx: only if absent; "
      "xx: only if present; if_equal: only if the key holds exactly this.");
  bound.def(
      "getset",
      [call](Self self, const Bytes& key, const Bytes& value) {
        return call(self, [&](auto& target) { return target.getset(key.bytes, value.bytes); });
      },
      "key"_a, "value"_a, "Sets the key, drops its expiry, and returns the value before, or None.");
  bound.def(
      "getdel",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.getdel(key.bytes); });
      },
      "key"_a, "The value, or None; the key is gone.");
  bound.def(
      "getex",
      [call](Self self, const Bytes& key, Seconds ttl) {
        return call(self, [&](auto& target) { return target.getex(key.bytes, to_millis(ttl)); });
      },
      "key"_a, "ttl"_a, "The value, or None; the key now expires after ttl seconds.");
  bound.def(
      "append",
      [call](Self self, const Bytes& key, const Bytes& suffix) {
        return call(self, [&](auto& target) { return target.append(key.bytes, suffix.bytes); });
      },
      "key"_a, "suffix"_a, "The new length in bytes.");
  bound.def(
      "strlen",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.strlen(key.bytes); });
      },
      "key"_a, "The length in bytes; 0 for no key.");
  bound.def(
      "getrange",
      [call](Self self, const Bytes& key, std::int64_t first, std::int64_t last) {
        return call(self, [&](auto& target) { return target.getrange(key.bytes, first, last); });
      },
      "key"_a, "first"_a, "last"_a, "Bytes first to last, both included; negatives from the end.");
  bound.def(
      "setrange",
      [call](Self self, const Bytes& key, std::int64_t offset, const Bytes& bytes) {
        return call(self,
                    [&](auto& target) { return target.setrange(key.bytes, offset, bytes.bytes); });
      },
      "key"_a, "offset"_a, "bytes"_a, "Overwrites a part; the new length in bytes.");
  bound.def(
      "delifeq",
      [call](Self self, const Bytes& key, const Bytes& value) {
        return call(self, [&](auto& target) { return target.delifeq(key.bytes, value.bytes); });
      },
      "key"_a, "value"_a, "Deletes the key if it holds exactly this value; True if it did.");
  bound.def(
      "incr",
      [call](Self self, const Bytes& key, std::int64_t by) {
        return call(self, [&](auto& target) { return target.incr(key.bytes, by); });
      },
      "key"_a, "by"_a = 1, "The new number.");
  bound.def(
      "decr",
      [call](Self self, const Bytes& key, std::int64_t by) {
        return call(self, [&](auto& target) { return target.decr(key.bytes, by); });
      },
      "key"_a, "by"_a = 1, "The new number.");
  bound.def(
      "incrbyfloat",
      [call](Self self, const Bytes& key, double by) {
        return call(self, [&](auto& target) { return target.incrbyfloat(key.bytes, by); });
      },
      "key"_a, "by"_a, "The new number.");
}

template <class Self, class Class, class Call>
void bind_multi_key_commands(Class& bound, Call call) {
  using namespace py::literals;
  bound.def(
      "mget",
      [call](Self self, const std::vector<Bytes>& keys) {
        const auto views = views_of(keys);
        return call(self, [&](auto& target) { return target.mget(views); });
      },
      "keys"_a, "The values in the order of the keys, None for each miss.");
  bound.def(
      "mset",
      [call](Self self, const py::dict& mapping) {
        const Mapping pairs = to_mapping(mapping);
        const auto views = views_of(pairs);
        return call(self, [&](auto& target) { return target.mset(views); });
      },
      "mapping"_a, "Sets the keys of a dict. Atomic on each shard, not across shards.");
  bound.def(
      "msetnx",
      [call](Self self, const py::dict& mapping) {
        const Mapping pairs = to_mapping(mapping);
        const auto views = views_of(pairs);
        return call(self, [&](auto& target) { return target.msetnx(views); });
      },
      "mapping"_a, "Sets all keys, or none if one exists; they must share a shard.");
  const auto bind_count = [&](const char* name, const char* doc, auto command) {
    bound.def(
        name,
        [call, command](Self self, const py::args& args) {
          const auto keys = args.cast<std::vector<Bytes>>();
          const auto views = views_of(keys);
          return call(self, [&](auto& target) { return command(target, views); });
        },
        doc);
  };
  bind_count("delete", "Deletes keys; how many there were.",
             [](auto& target, const auto& keys) { return target.del(keys); });
  bind_count("unlink", "Like delete; the memory is freed later.",
             [](auto& target, const auto& keys) { return target.unlink(keys); });
  bind_count("exists", "How many of the keys exist.",
             [](auto& target, const auto& keys) { return target.exists(keys); });
  bind_count("touch", "Marks keys as used; how many exist.",
             [](auto& target, const auto& keys) { return target.touch(keys); });
  bind_count("command", "Any command, routed by its keys: command(\"GET\", \"key\").",
             [](auto& target, const auto& words) { return target.command(words); });
}

template <class Self, class Class, class Call>
void bind_key_commands(Class& bound, Call call) {
  using namespace py::literals;
  bound.def(
      "expire",
      [call](Self self, const Bytes& key, Seconds ttl, bool nx, bool xx, bool gt, bool lt) {
        const ExpireCondition condition = expire_condition(nx, xx, gt, lt);
        return call(self, [&](auto& target) {
          return target.expire(key.bytes, to_millis(ttl), condition);
        });
      },
      "key"_a, "ttl"_a, py::kw_only(), "nx"_a = false, "xx"_a = false, "gt"_a = false,
      "lt"_a = false,
      "True if the expiry was set, in seconds from now (float or timedelta). nx: only if there is "
      "none; xx: only if there is one; gt, lt: only if later, earlier than it.");
  bound.def(
      "ttl",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.ttl(key.bytes); });
      },
      "key"_a, "Seconds to live; -1 without an expiry, -2 without a key.");
  bound.def(
      "pttl",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.pttl(key.bytes); });
      },
      "key"_a, "Milliseconds to live; -1 without an expiry, -2 without a key.");
  bound.def(
      "persist",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.persist(key.bytes); });
      },
      "key"_a, "True if the key had an expiry, which is gone now.");
  bound.def(
      "type",
      [call](Self self, const Bytes& key) {
        return call(self, [&](auto& target) { return target.type(key.bytes); });
      },
      "key"_a, "b\"string\", or b\"none\" for no key.");
  bound.def(
      "rename",
      [call](Self self, const Bytes& key, const Bytes& new_key) {
        return call(self, [&](auto& target) { return target.rename(key.bytes, new_key.bytes); });
      },
      "key"_a, "new_key"_a, "Both keys must share a shard.");
  bound.def(
      "renamenx",
      [call](Self self, const Bytes& key, const Bytes& new_key) {
        return call(self, [&](auto& target) { return target.renamenx(key.bytes, new_key.bytes); });
      },
      "key"_a, "new_key"_a, "False if new_key exists. Both keys must share a shard.");
}

template <class Self, class Class, class Call>
void bind_commands(Class& bound, Call call) {
  bind_string_commands<Self>(bound, call);
  bind_multi_key_commands<Self>(bound, call);
  bind_key_commands<Self>(bound, call);
}

}  // namespace cachekit::python
