// All entries in the order of their last use: exact LRU. Every operation takes constant time.

#pragma once

#include "node/storage/entry.h"

namespace cachekit::node::storage {

class LruList {
 public:
  void add_newest(Entry* entry);
  void remove(Entry* entry);
  void touch(Entry* entry);

  /// Puts `fresh` where `old` was.
  void replace(Entry* old, Entry* fresh);

  Entry* oldest() const { return oldest_; }
  Entry* newest() const { return newest_; }

 private:
  Entry* newest_ = nullptr;
  Entry* oldest_ = nullptr;
};

}  // namespace cachekit::node::storage
