// One server, as far as loaders need it, on virtual time.

#pragma once

#include <map>
#include <string>

#include "cachekit/operations.h"
#include "client/loading/entry.h"

namespace cachekit::loading {

class ModelServer {
 public:
  void at(Time now) { now_ = now; }

  OptionalString get(const std::string& key) const {
    const auto found = keys_.find(key);
    if (found == keys_.end() || found->second.expires <= now_) return std::nullopt;
    return found->second.bytes;
  }
  bool set(const std::string& key, const std::string& bytes, Milliseconds ttl) {
    keys_[key] = {.bytes = bytes, .expires = now_ + ttl};
    return true;
  }
  bool set_new(const std::string& key, const std::string& bytes, Milliseconds ttl) {
    return !get(key) && set(key, bytes, ttl);
  }
  bool set_if_equal(const std::string& key, const std::string& expected, const std::string& bytes,
                    Milliseconds ttl) {
    return get(key) == expected && set(key, bytes, ttl);
  }
  bool del(const std::string& key) {
    const bool was_there = get(key).has_value();
    keys_.erase(key);
    return was_there;
  }
  bool del_if_equal(const std::string& key, const std::string& expected) {
    return get(key) == expected && del(key);
  }

 private:
  struct Held {
    std::string bytes;
    Time expires;
  };

  Time now_{0};
  std::map<std::string, Held> keys_;
};

}  // namespace cachekit::loading
