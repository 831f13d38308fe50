// What no longer belongs to anybody and is freed in small steps, so that no turn of the loop
// stalls: large collections, and everything that clear() has taken out of a store.

#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "node/storage/collection.h"

namespace cachekit::node::storage {

class Keyspace;

class Graveyard {
 public:
  Graveyard();
  ~Graveyard();

  Graveyard(const Graveyard&) = delete;
  Graveyard& operator=(const Graveyard&) = delete;

  /// Small ones are freed at once.
  void bury(std::unique_ptr<Collection> collection);
  void bury(std::unique_ptr<Keyspace> keyspace);

  /// Frees a little; false if nothing is left.
  bool free_step();

  bool empty() const { return collections_.empty() && keyspaces_.empty(); }

  /// What waits to be freed, but for blobs.
  std::size_t bytes() const;

 private:
  bool free_collection_step();

  std::vector<std::unique_ptr<Collection>> collections_;
  std::vector<std::unique_ptr<Keyspace>> keyspaces_;
  std::size_t collection_bytes_ = 0;
};

}  // namespace cachekit::node::storage
