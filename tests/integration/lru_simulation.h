// Exact LRU over keys of equal size, in the process: what a cache of so many entries would hit.
//
// Thread rule: one thread.

#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace cachekit::test {

class LruSimulation {
 public:
  explicit LruSimulation(std::size_t capacity) : capacity_(capacity) {}

  /// True for a hit. A key that missed is kept from here on, as cache-aside does.
  bool access(const std::string& key) {
    if (const auto place = places_.find(key); place != places_.end()) {
      recent_first_.splice(recent_first_.begin(), recent_first_, place->second);
      return true;
    }
    if (places_.size() == capacity_) {
      places_.erase(recent_first_.back());
      recent_first_.pop_back();
    }
    recent_first_.push_front(key);
    places_.emplace(key, recent_first_.begin());
    return false;
  }

 private:
  std::size_t capacity_;
  std::list<std::string> recent_first_;
  std::unordered_map<std::string, std::list<std::string>::iterator> places_;
};

}  // namespace cachekit::test
