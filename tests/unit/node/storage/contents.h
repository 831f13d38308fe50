// All that a store holds, for comparison.

#pragma once

#include <map>
#include <string>
#include <tuple>

#include "node/storage/store.h"

namespace cachekit::test {

struct Held {
  std::string value;
  node::storage::UnixMillis expire_at;

  bool operator==(const Held&) const = default;
};

using Contents = std::map<std::string, Held>;

/// Expired keys included, since `now` is taken to be before all time.
inline Contents contents_of(const node::storage::Store& store) {
  Contents contents;
  node::storage::ScanCursor cursor = 0;
  do {
    cursor = store.scan(cursor, -1, [&](const node::storage::EntryView& entry) {
      contents[std::string(entry.key)] = {std::string(entry.value), entry.expire_at};
    });
  } while (cursor != 0);
  return contents;
}

}  // namespace cachekit::test
