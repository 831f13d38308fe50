#include "node/storage/lru_list.h"

namespace cachekit::node::storage {

void LruList::add_newest(Entry* entry) {
  entry->newer = nullptr;
  entry->older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
}

void LruList::remove(Entry* entry) {
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
}

void LruList::touch(Entry* entry) {
  if (entry == newest_) return;
  remove(entry);
  add_newest(entry);
}

void LruList::replace(Entry* old, Entry* fresh) {
  fresh->newer = old->newer;
  fresh->older = old->older;
  (old->newer != nullptr ? old->newer->older : newest_) = fresh;
  (old->older != nullptr ? old->older->newer : oldest_) = fresh;
}

}  // namespace cachekit::node::storage
