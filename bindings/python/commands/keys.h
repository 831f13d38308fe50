// Keys, whatever they hold.

#pragma once

#include "bindings/python/binder.h"

namespace cachekit::python {

inline ExpireCondition expire_condition(bool nx, bool xx, bool gt, bool lt) {
  if (nx + xx + gt + lt > 1) {
    throw Error(Status(Code::invalid_argument, "expire: nx, xx, gt and lt exclude each other"));
  }
  if (nx) return ExpireCondition::if_none;
  if (xx) return ExpireCondition::if_any;
  if (gt) return ExpireCondition::if_later;
  return lt ? ExpireCondition::if_earlier : ExpireCondition::always;
}

/// `write(target, key, seconds, condition)`, with expire's arguments.
template <class Binder, class Write>
void bind_expire(Binder& bind, const char* name, const char* time, Write write, const char* doc) {
  bind.def(
      name, takes<const Bytes&, Seconds, bool, bool, bool, bool>,
      [write](auto& target, const Bytes& key, Seconds seconds, bool nx, bool xx, bool gt, bool lt) {
        return write(target, key, seconds, expire_condition(nx, xx, gt, lt));
      },
      "key"_a, py::arg(time), py::kw_only(), "nx"_a = false, "xx"_a = false, "gt"_a = false,
      "lt"_a = false, doc);
}

template <class Binder>
void bind_expiries(Binder& bind) {
  bind_expire(
      bind, "expire", "ttl",
      [](auto& target, const Bytes& key, Seconds ttl, ExpireCondition condition) {
        return target.expire(key.bytes, to_millis(ttl), condition);
      },
      "True if the expiry was set, in seconds from now (float or timedelta). nx: only if there is "
      "none; xx: only if there is one; gt, lt: only if later, earlier than it.");
  bind_expire(
      bind, "expire_at", "time",
      [](auto& target, const Bytes& key, Seconds time, ExpireCondition condition) {
        return target.expire_at(key.bytes, to_time(time), condition);
      },
      "The same with a Unix time in seconds.");
  bind.def(
      "ttl", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.ttl(key.bytes); }, "key"_a,
      "Seconds to live; -1 without an expiry, -2 without a key.");
  bind.def(
      "pttl", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.pttl(key.bytes); }, "key"_a,
      "Milliseconds to live; -1 without an expiry, -2 without a key.");
  bind.def(
      "expiretime", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.expiretime(key.bytes); }, "key"_a,
      "The expiry as Unix time in seconds; -1 without an expiry, -2 without a key.");
  bind.def(
      "pexpiretime", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.pexpiretime(key.bytes); }, "key"_a,
      "The expiry as Unix time in milliseconds; -1 without an expiry, -2 without a key.");
  bind.def(
      "persist", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.persist(key.bytes); }, "key"_a,
      "True if the key had an expiry, which is gone now.");
}

template <class Binder>
void bind_copies(Binder& bind) {
  bind.def(
      "rename", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& new_key) {
        return target.rename(key.bytes, new_key.bytes);
      },
      "key"_a, "new_key"_a, "Both keys must share a shard.");
  bind.def(
      "renamenx", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& new_key) {
        return target.renamenx(key.bytes, new_key.bytes);
      },
      "key"_a, "new_key"_a, "False if new_key exists. Both keys must share a shard.");
  bind.def(
      "copy", takes<const Bytes&, const Bytes&, bool>,
      [](auto& target, const Bytes& key, const Bytes& new_key, bool replace) {
        return target.copy(key.bytes, new_key.bytes, replace);
      },
      "key"_a, "new_key"_a, "replace"_a = false,
      "False if there is no such key, or new_key exists and is not to be replaced. Both keys must "
      "share a shard.");
}

template <class Binder>
void bind_inspections(Binder& bind) {
  bind.def(
      "type", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.type(key.bytes); }, "key"_a,
      "b\"string\", b\"list\", b\"set\" or b\"hash\"; b\"none\" for no key.");
  bind.def(
      "object_encoding", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.object_encoding(key.bytes); }, "key"_a,
      "How the value is held, such as b\"embstr\"; None for no key.");
  bind.def(
      "object_freq", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.object_freq(key.bytes); }, "key"_a,
      "How often the key is used, 0 to 255 on a logarithmic scale; None for no key.");
  bind.def(
      "object_idletime", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.object_idletime(key.bytes); }, "key"_a,
      "Seconds since the key was used; of stock Redis only.");
  bind.def(
      "object_refcount", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.object_refcount(key.bytes); }, "key"_a,
      "1 on a cachekit node; None for no key.");
  bind.def(
      "memory_usage", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.memory_usage(key.bytes); }, "key"_a,
      "Bytes that the key takes at its node; None for no key.");
}

template <class Binder>
void bind_key_commands(Binder& bind) {
  bind.def_many(
      "delete", takes<>, [](auto& target, const auto& keys) { return target.del(keys); },
      "Deletes keys; how many there were.");
  bind.def_many(
      "unlink", takes<>, [](auto& target, const auto& keys) { return target.unlink(keys); },
      "Like delete; the memory is freed later.");
  bind.def_many(
      "exists", takes<>, [](auto& target, const auto& keys) { return target.exists(keys); },
      "How many of the keys exist.");
  bind.def_many(
      "touch", takes<>, [](auto& target, const auto& keys) { return target.touch(keys); },
      "Marks keys as used; how many exist.");
  bind.def_many(
      "command", takes<>, [](auto& target, const auto& words) { return target.command(words); },
      "Any command, routed by its keys: command(\"GET\", \"key\").");
  bind_expiries(bind);
  bind_copies(bind);
  bind_inspections(bind);
}

}  // namespace cachekit::python
