// Sets.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bindings/python/binder.h"

namespace cachekit::python {

template <class Binder>
void bind_members(Binder& bind) {
  bind.def_many(
      "sadd", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& members) {
        return target.sadd(key.bytes, members);
      },
      "key"_a, "Adds members; how many are new.");
  bind.def_many(
      "srem", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& members) {
        return target.srem(key.bytes, members);
      },
      "key"_a, "Removes members; how many there were.");
  bind.def(
      "scard", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.scard(key.bytes); }, "key"_a,
      "The number of members; 0 for no key.");
  bind.def(
      "sismember", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& member) {
        return target.sismember(key.bytes, member.bytes);
      },
      "key"_a, "member"_a, "Whether it is a member.");
  bind.def(
      "smismember", takes<const Bytes&, const std::vector<Bytes>&>,
      [](auto& target, const Bytes& key, const std::vector<Bytes>& members) {
        return target.smismember(key.bytes, views_of(members));
      },
      "key"_a, "members"_a, "For each whether it is a member, as a list.");
  bind.def_as(
      as_set, "smembers", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.smembers(key.bytes); }, "key"_a,
      "All members, as a set.");
  bind.def(
      "sscan", takes<const Bytes&, std::uint64_t, const std::optional<Bytes>&, std::int64_t>,
      [](auto& target, const Bytes& key, std::uint64_t cursor, const std::optional<Bytes>& match,
         std::int64_t count) {
        return target.sscan(key.bytes, cursor, scan_options(match, count));
      },
      "key"_a, "cursor"_a = 0, "match"_a = py::none(), "count"_a = 10,
      "One step of a walk over the members: (cursor, list). Begin with cursor 0, go on with the "
      "one returned until it is 0. What is there throughout is told at least once.");
  bind.def(
      "smove", takes<const Bytes&, const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& source, const Bytes& to, const Bytes& member) {
        return target.smove(source.bytes, to.bytes, member.bytes);
      },
      "source"_a, "target"_a, "member"_a,
      "True if the member was in source, and is in target now. Both keys must share a shard.");
}

template <class Binder>
void bind_random_members(Binder& bind) {
  bind.def(
      "spop", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.spop(key.bytes); }, "key"_a,
      "Takes a random member; None for no key.");
  bind.def_as(
      as_set, "spop", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t count) {
        return target.spop(key.bytes, count);
      },
      "key"_a, "count"_a, "Takes up to count random members, as a set.");
  bind.def(
      "srandmember", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.srandmember(key.bytes); }, "key"_a,
      "A random member; None for no key.");
  bind.def(
      "srandmember", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t count) {
        return target.srandmember(key.bytes, count);
      },
      "key"_a, "count"_a,
      "Up to count different members, as a list; negative: exactly as many, some repeatedly.");
}

template <class Binder>
void bind_set_algebra(Binder& bind) {
  bind.def_many_as(
      as_set, "sinter", takes<>, [](auto& target, const auto& keys) { return target.sinter(keys); },
      "What all sets have. The keys must share a shard.");
  bind.def_many_as(
      as_set, "sunion", takes<>, [](auto& target, const auto& keys) { return target.sunion(keys); },
      "What any set has. The keys must share a shard.");
  bind.def_many_as(
      as_set, "sdiff", takes<>, [](auto& target, const auto& keys) { return target.sdiff(keys); },
      "What the first set has and no other. The keys must share a shard.");
  bind.def(
      "sintercard", takes<const std::vector<Bytes>&, std::int64_t>,
      [](auto& target, const std::vector<Bytes>& keys, std::int64_t limit) {
        return target.sintercard(views_of(keys), limit);
      },
      "keys"_a, py::kw_only(), "limit"_a = 0,
      "How many members all sets of a list of keys have, counted up to limit; 0: all.");
  bind.def_many(
      "sinterstore", takes<const Bytes&>,
      [](auto& target, const Bytes& to, const auto& keys) {
        return target.sinterstore(to.bytes, keys);
      },
      "target"_a, "Stores what all sets have; how many members.");
  bind.def_many(
      "sunionstore", takes<const Bytes&>,
      [](auto& target, const Bytes& to, const auto& keys) {
        return target.sunionstore(to.bytes, keys);
      },
      "target"_a, "Stores what any set has; how many members.");
  bind.def_many(
      "sdiffstore", takes<const Bytes&>,
      [](auto& target, const Bytes& to, const auto& keys) {
        return target.sdiffstore(to.bytes, keys);
      },
      "target"_a, "Stores what the first set has and no other; how many members.");
}

template <class Binder>
void bind_set_commands(Binder& bind) {
  bind_members(bind);
  bind_random_members(bind);
  bind_set_algebra(bind);
}

}  // namespace cachekit::python
