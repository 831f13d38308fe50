// Hashes.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bindings/python/binder.h"

namespace cachekit::python {

template <class Binder>
void bind_hash_writes(Binder& bind) {
  bind.def(
      "hset", takes<const Bytes&, const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& field, const Bytes& value) {
        return target.hset(key.bytes, field.bytes, value.bytes);
      },
      "key"_a, "field"_a, "value"_a, "Sets a field; 1 if it is new.");
  bind.def(
      "hset", takes<const Bytes&, const Mapping&>,
      [](auto& target, const Bytes& key, const Mapping& mapping) {
        return target.hset(key.bytes, views_of(mapping));
      },
      "key"_a, "mapping"_a, "Sets the fields of a dict; how many are new.");
  bind.def(
      "hsetnx", takes<const Bytes&, const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& field, const Bytes& value) {
        return target.hsetnx(key.bytes, field.bytes, value.bytes);
      },
      "key"_a, "field"_a, "value"_a, "True if written, False if the field exists.");
  bind.def_many(
      "hdel", takes<const Bytes&>,
      [](auto& target, const Bytes& key, const auto& fields) {
        return target.hdel(key.bytes, fields);
      },
      "key"_a, "Deletes fields; how many there were.");
  bind.def(
      "hincrby", takes<const Bytes&, const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, const Bytes& field, std::int64_t by) {
        return target.hincrby(key.bytes, field.bytes, by);
      },
      "key"_a, "field"_a, "by"_a = 1, "The new number.");
  bind.def(
      "hincrbyfloat", takes<const Bytes&, const Bytes&, double>,
      [](auto& target, const Bytes& key, const Bytes& field, double by) {
        return target.hincrbyfloat(key.bytes, field.bytes, by);
      },
      "key"_a, "field"_a, "by"_a, "The new number.");
}

template <class Binder>
void bind_hash_reads(Binder& bind) {
  bind.def(
      "hget", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& field) {
        return target.hget(key.bytes, field.bytes);
      },
      "key"_a, "field"_a, "The value of a field, or None.");
  bind.def(
      "hmget", takes<const Bytes&, const std::vector<Bytes>&>,
      [](auto& target, const Bytes& key, const std::vector<Bytes>& fields) {
        return target.hmget(key.bytes, views_of(fields));
      },
      "key"_a, "fields"_a, "The values in the order of the fields, None for each that is missing.");
  bind.def_as(
      as_dict, "hgetall", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.hgetall(key.bytes); }, "key"_a,
      "All fields and values, as a dict.");
  bind.def(
      "hexists", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& field) {
        return target.hexists(key.bytes, field.bytes);
      },
      "key"_a, "field"_a, "Whether the field exists.");
  bind.def(
      "hlen", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.hlen(key.bytes); }, "key"_a,
      "The number of fields; 0 for no key.");
  bind.def(
      "hstrlen", takes<const Bytes&, const Bytes&>,
      [](auto& target, const Bytes& key, const Bytes& field) {
        return target.hstrlen(key.bytes, field.bytes);
      },
      "key"_a, "field"_a, "The length of a value in bytes; 0 for no field.");
  bind.def(
      "hkeys", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.hkeys(key.bytes); }, "key"_a,
      "All fields, as a list.");
  bind.def(
      "hvals", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.hvals(key.bytes); }, "key"_a,
      "All values, as a list.");
}

template <class Binder>
void bind_hash_walks(Binder& bind) {
  bind.def(
      "hrandfield", takes<const Bytes&>,
      [](auto& target, const Bytes& key) { return target.hrandfield(key.bytes); }, "key"_a,
      "A random field; None for no key.");
  bind.def(
      "hrandfield", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t count) {
        return target.hrandfield(key.bytes, count);
      },
      "key"_a, "count"_a,
      "Up to count different fields, as a list; negative: exactly as many, some repeatedly.");
  bind.def(
      "hrandfield_with_values", takes<const Bytes&, std::int64_t>,
      [](auto& target, const Bytes& key, std::int64_t count) {
        return target.hrandfield_with_values(key.bytes, count);
      },
      "key"_a, "count"_a, "The same as pairs of field and value.");
  bind.def(
      "hscan", takes<const Bytes&, std::uint64_t, const std::optional<Bytes>&, std::int64_t>,
      [](auto& target, const Bytes& key, std::uint64_t cursor, const std::optional<Bytes>& match,
         std::int64_t count) {
        return target.hscan(key.bytes, cursor, scan_options(match, count));
      },
      "key"_a, "cursor"_a = 0, "match"_a = py::none(), "count"_a = 10,
      "One step of a walk over the fields: (cursor, dict). Begin with cursor 0, go on with the one "
      "returned until it is 0. What is there throughout is told at least once.");
}

template <class Binder>
void bind_hash_commands(Binder& bind) {
  bind_hash_writes(bind);
  bind_hash_reads(bind);
  bind_hash_walks(bind);
}

}  // namespace cachekit::python
