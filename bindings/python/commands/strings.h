// Strings.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "bindings/python/binder.h"

namespace cachekit::python {

/// As Python's keyword arguments give them; the library judges which exclude each other.
inline SetOptions set_options(std::optional<Seconds> ex, std::optional<std::int64_t> px,
                              std::optional<Seconds> exat, bool nx, bool xx, bool keepttl,
                              const std::optional<Bytes>& if_equal) {
  const auto refuse = [](const char* reason) {
    throw Error(Status(Code::invalid_argument, reason));
  };
  if (ex && px) refuse("set: ex and px exclude each other");
  if (nx && xx) refuse("set: nx and xx exclude each other");
  SetOptions options;
  if (ex) options.ttl = to_millis(*ex);
  if (px) options.ttl = std::chrono::milliseconds(*px);
  if (exat) options.expire_at = to_time(*exat);
  options.keep_ttl = keepttl;
  if (nx) options.condition = SetOptions::Condition::if_absent;
  if (xx) options.condition = SetOptions::Condition::if_present;
  if (if_equal) options.if_equal = if_equal->bytes;
  return options;
}

/// `write(target, key, value, options)`, with set's arguments, of which the value is a Content.
template <class Content, class Binder, class Write>
void bind_set(Binder& bind, const char* name, Write write, const char* doc) {
  bind.def(
      name,
      takes<const Bytes&, Content, std::optional<Seconds>, std::optional<std::int64_t>,
            std::optional<Seconds>, bool, bool, bool, const std::optional<Bytes>&>,
      [write](auto& target, const Bytes& key, Content value, std::optional<Seconds> ex,
              std::optional<std::int64_t> px, std::optional<Seconds> exat, bool nx, bool xx,
              bool keepttl, const std::optional<Bytes>& if_equal) {
        return write(target, key, value, set_options(ex, px, exat, nx, xx, keepttl, if_equal));
      },
      "key"_a, "value"_a, py::kw_only(), "ex"_a = py::none(), "px"_a = py::none(),
      "exat"_a = py::none(), "nx"_a = false, "xx"_a = false, "keepttl"_a = false,
      "if_equal"_a = py::none(), doc);
}

template <class Binder>
void bind_parts_of_strings(Binder& bind) {
  bind.def(
      "append", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& suffix) {
        return target.append(key.bytes, suffix.bytes);
      },
      "key"_a, "suffix"_a, "The new length in bytes.");
  bind.def(
      "strlen", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.strlen(key.bytes); }, "key"_a,
      "The length in bytes; 0 for no key.");
  bind.def(
      "getrange", takes<const Bytes&, std::int64_t, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t first, std::int64_t last) {
        return target.getrange(key.bytes, first, last);
      },
      "key"_a, "first"_a, "last"_a, "Bytes first to last, both included; negatives from the end.");
  bind.def(
      "setrange", takes<const Bytes&, std::int64_t, const Bytes&>,
      [](auto& target, const Bytes& key, std::int64_t offset, const Bytes& bytes) {
        return target.setrange(key.bytes, offset, bytes.bytes);
      },
      "key"_a, "offset"_a, "bytes"_a, "Overwrites a part; the new length in bytes.");
}

template <class Binder>
void bind_counters(Binder& bind) {
  bind.def(
      "incr", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t by) { return target.incr(key.bytes, by); },
      "key"_a, "by"_a = 1, "The new number.");
  bind.def(
      "decr", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t by) { return target.decr(key.bytes, by); },
      "key"_a, "by"_a = 1, "The new number.");
  bind.def(
      "incrbyfloat", takes<const Bytes&, double>,
      [](auto& target, const Bytes& key, double by) { return target.incrbyfloat(key.bytes, by); },
      "key"_a, "by"_a, "The new number.");
}

template <class Binder>
void bind_several_strings(Binder& bind) {
  bind.def(
      "mget", takes<const std::vector<Bytes>&>,
      [](auto& target, const std::vector<Bytes>& keys) { return target.mget(views_of(keys)); },
      "keys"_a, "The values in the order of the keys, None for each miss.");
  bind.def(
      "mset", takes<const Mapping&>,
      [](auto& target, const Mapping& mapping) { return target.mset(views_of(mapping)); },
      "mapping"_a, "Sets the keys of a dict. Atomic on each shard, not across shards.");
  bind.def(
      "msetnx", takes<const Mapping&>,
      [](auto& target, const Mapping& mapping) { return target.msetnx(views_of(mapping)); },
      "mapping"_a, "Sets all keys, or none if one exists; they must share a shard.");
}

template <class Binder>
void bind_string_commands(Binder& bind) {
  bind.def(
      "get", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.get(key.bytes); }, "key"_a,
      "The value as bytes, or None on a miss.");
  bind_set<const Bytes&>(
      bind, "set",
      [](auto& target, const Bytes& key, const Bytes& value, const SetOptions& options) {
        return target.set(key.bytes, value.bytes, options);
      },
      "True if written, False if the condition was not met. ex: time to live in seconds (float or "
      "timedelta); px: in milliseconds; exat: expiry in seconds of Unix time; nx: only if absent; "
      "xx: only if present; if_equal: only if the key holds exactly this.");
  bind_set<const Bytes&>(
      bind, "set_get",
      [](auto& target, const Bytes& key, const Bytes& value, const SetOptions& options) {
        return target.set_get(key.bytes, value.bytes, options);
      },
      "Like set, and returns the value before, or None.");
  bind.def(
      "getset", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& value) {
        return target.getset(key.bytes, value.bytes);
      },
      "key"_a, "value"_a, "Sets the key, drops its expiry, and returns the value before, or None.");
  bind.def(
      "getdel", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.getdel(key.bytes); }, "key"_a,
      "The value, or None; the key is gone.");
  bind.def(
      "getex", takes<const Bytes&, Seconds>,
      [](auto& target, const Bytes& key, Seconds ttl) {
        return target.getex(key.bytes, to_millis(ttl));
      },
      "key"_a, "ttl"_a, "The value, or None; the key now expires after ttl seconds.");
  bind.def(
      "getex_at", takes<const Bytes&, Seconds>,
      [](auto& target, const Bytes& key, Seconds time) {
        return target.getex_at(key.bytes, to_time(time));
      },
      "key"_a, "time"_a, "The value, or None; the key now expires at this Unix time in seconds.");
  bind.def(
      "getex_persist", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.getex_persist(key.bytes); }, "key"_a,
      "The value, or None; the key now does not expire.");
  bind.def(
      "delifeq", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& value) {
        return target.delifeq(key.bytes, value.bytes);
      },
      "key"_a, "value"_a, "Deletes the key if it holds exactly this value; True if it did.");
  bind_parts_of_strings(bind);
  bind_counters(bind);
  bind_several_strings(bind);
}

}  // namespace cachekit::python
