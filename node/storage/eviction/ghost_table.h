// What is remembered of evicted entries: a few bits of their key's hash, and how often they were
// used. A key that comes back soon is known for it.
//
//   bucket: 32 cells of 16 bits, newest first, one cache line
//   cell:   | fingerprint 12 | frequency 4 |, 0 if empty
//
// An addition shifts its bucket, and the oldest cell falls off: nearly first in, first out, with
// no clock and no links. The table follows the number of entries by one bucket an addition (linear
// hashing). A split copies the bucket, since a cell does not know its hash; the cells that do not
// belong are never found and fall off in time. So it never stalls, and costs two bytes an entry.
// A strange key is taken for a ghost once in 128 times at most.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "node/storage/pages.h"

namespace cachekit::node::storage {

class GhostTable {
 public:
  static constexpr unsigned bucket_cells = 32;
  static constexpr std::uint8_t highest_frequency = 15;

  struct Ghost {
    std::uint8_t frequency;
    std::uint8_t rank;  ///< How many came to its bucket after it.
  };

  /// An entry has been evicted, of about so many; its frequency is 1 to highest_frequency.
  void add(std::uint64_t hash, std::uint8_t frequency, std::size_t entries);

  /// Finds the newest ghost of this hash, and forgets it.
  std::optional<Ghost> take(std::uint64_t hash);

  /// Ghosts that there is room for.
  std::size_t capacity() const { return bucket_count_ * bucket_cells; }

  /// In pages.
  std::size_t bytes() const { return committed_bytes_; }

  /// Gives at most `bytes` back, for whoever no longer uses the table. False once nothing is left.
  bool release_step(std::size_t bytes);

 private:
  using Bucket = std::array<std::uint16_t, bucket_cells>;

  Bucket& bucket(std::size_t number) { return reinterpret_cast<Bucket*>(pages_.data())[number]; }
  std::size_t bucket_of(std::uint64_t hash) const;
  bool reserve();
  void follow(std::size_t entries);
  void split();
  void merge();
  void commit(std::size_t bytes);

  PageRange pages_;
  std::size_t bucket_count_ = 0;
  std::size_t committed_bytes_ = 0;
};

}  // namespace cachekit::node::storage
