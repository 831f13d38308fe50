// Changes of a key that take place only if it holds a known value: SET … IFEQ and DELIFEQ, or, at
// servers that know neither, scripts that do the same.
//
// Thread rule: any number of threads.

#pragma once

#include <atomic>
#include <optional>
#include <string_view>

#include "cachekit/client.h"
#include "client/limits/windows.h"

namespace cachekit::limits {

class CompareAndSet {
 public:
  explicit CompareAndSet(Client& client) : client_(client) {}

  /// True if the key held `expected`, and holds `value` now, for that time. The write concern is
  /// the client's unless given.
  Result<bool> set(std::string_view key, std::string_view expected, std::string_view value,
                   Milliseconds ttl, std::optional<int> write_replicas = {}) const;

  /// True if there was no such key, and it holds `value` now, for that time. The write concern is
  /// the client's unless given.
  Result<bool> set_new(std::string_view key, std::string_view value, Milliseconds ttl,
                       std::optional<int> write_replicas = {}) const;

  /// True if the key held `expected`, and is gone; whatever the client's write concern.
  Result<bool> del(std::string_view key, std::string_view expected) const;

 private:
  Result<bool> send(std::string_view key, const Request& request,
                    std::optional<int> write_replicas) const;
  Result<bool> run(std::string_view key, const Request& command, const Request& script,
                   std::optional<int> write_replicas) const;

  Client& client_;
  mutable std::atomic<bool> by_script_ = false;  // what a server has understood last
};

}  // namespace cachekit::limits
