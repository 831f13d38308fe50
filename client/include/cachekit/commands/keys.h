// The methods for keys, whatever they hold; see commands.h.
//
// KEYS, RANDOMKEY and SCAN name no key, and so no shard: Client::scan() walks over all keys of a
// cluster, Client::command_on() asks one node.

#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "cachekit/operations.h"

namespace cachekit {

template <class Derived, template <class> class Outcome>
class KeyCommands {
 public:
  /// How many of the keys existed. Keys on several shards are handled in parallel.
  Outcome<std::int64_t> del(Keys keys) { return self().run(operations::del(keys)); }
  Outcome<std::int64_t> del(std::initializer_list<std::string_view> keys) {
    return del(Keys(keys.begin(), keys.size()));
  }
  Outcome<std::int64_t> del(std::string_view key) { return del({&key, 1}); }
  Outcome<std::int64_t> unlink(Keys keys) { return self().run(operations::unlink(keys)); }
  Outcome<std::int64_t> unlink(std::initializer_list<std::string_view> keys) {
    return unlink(Keys(keys.begin(), keys.size()));
  }
  Outcome<std::int64_t> unlink(std::string_view key) { return unlink({&key, 1}); }
  Outcome<std::int64_t> exists(Keys keys) { return self().run(operations::exists(keys)); }
  Outcome<std::int64_t> exists(std::initializer_list<std::string_view> keys) {
    return exists(Keys(keys.begin(), keys.size()));
  }
  Outcome<std::int64_t> exists(std::string_view key) { return exists({&key, 1}); }
  Outcome<std::int64_t> touch(Keys keys) { return self().run(operations::touch(keys)); }
  Outcome<std::int64_t> touch(std::initializer_list<std::string_view> keys) {
    return touch(Keys(keys.begin(), keys.size()));
  }
  Outcome<std::int64_t> touch(std::string_view key) { return touch({&key, 1}); }

  /// True if the expiry was set; false if there is no such key or the condition was not met. A ttl
  /// of zero or less deletes the key.
  Outcome<bool> expire(std::string_view key, std::chrono::milliseconds ttl,
                       ExpireCondition condition = ExpireCondition::always) {
    return self().run(operations::expire(key, ttl, condition));
  }
  Outcome<bool> expire_at(std::string_view key, std::chrono::system_clock::time_point time,
                          ExpireCondition condition = ExpireCondition::always) {
    return self().run(operations::expire_at(key, time, condition));
  }

  /// Seconds to live, ttl_no_expiry (-1) or ttl_no_key (-2).
  Outcome<std::int64_t> ttl(std::string_view key) { return self().run(operations::ttl(key)); }
  /// The same in milliseconds.
  Outcome<std::int64_t> pttl(std::string_view key) { return self().run(operations::pttl(key)); }
  /// The expiry as seconds of Unix time, ttl_no_expiry (-1) or ttl_no_key (-2).
  Outcome<std::int64_t> expiretime(std::string_view key) {
    return self().run(operations::expiretime(key));
  }
  /// The same in milliseconds.
  Outcome<std::int64_t> pexpiretime(std::string_view key) {
    return self().run(operations::pexpiretime(key));
  }
  /// True if the key had an expiry, which is gone now.
  Outcome<bool> persist(std::string_view key) { return self().run(operations::persist(key)); }

  /// "string", "list", "set" or "hash"; "none" for no key.
  Outcome<std::string> type(std::string_view key) { return self().run(operations::type(key)); }

  /// Both keys must lie on one shard: give them one {tag}. rename() fails with server_error if
  /// there is no such key; renamenx() answers false if new_key exists.
  Outcome<void> rename(std::string_view key, std::string_view new_key) {
    return self().run(operations::rename(key, new_key));
  }
  Outcome<bool> renamenx(std::string_view key, std::string_view new_key) {
    return self().run(operations::renamenx(key, new_key));
  }

  /// Copies value and expiry. False if there is no such key, or if new_key exists and is not to be
  /// replaced. Both keys must lie on one shard: give them one {tag}.
  Outcome<bool> copy(std::string_view key, std::string_view new_key, bool replace = false) {
    return self().run(operations::copy(key, new_key, replace));
  }

  /// How the value is held, such as "embstr"; nothing for no key.
  Outcome<OptionalString> object_encoding(std::string_view key) {
    return self().run(operations::object_encoding(key));
  }
  /// How often the key is used, on the node's logarithmic scale of 0 to 255; nothing for no key.
  /// server_error unless its eviction policy counts uses.
  Outcome<std::optional<std::int64_t>> object_freq(std::string_view key) {
    return self().run(operations::object_freq(key));
  }
  /// Seconds since the key was used; nothing for no key. Of stock Redis: a cachekit node answers
  /// with server_error, since it keeps no times of uses.
  Outcome<std::optional<std::int64_t>> object_idletime(std::string_view key) {
    return self().run(operations::object_idletime(key));
  }
  /// 1 on a cachekit node, which shares no values; nothing for no key.
  Outcome<std::optional<std::int64_t>> object_refcount(std::string_view key) {
    return self().run(operations::object_refcount(key));
  }
  /// Bytes that the key takes at its node; nothing for no key.
  Outcome<std::optional<std::int64_t>> memory_usage(std::string_view key) {
    return self().run(operations::memory_usage(key));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace cachekit
