// Large bulks of the command that a client is sending, received straight into blobs.
//
// So a value of 64 MiB is copied once, as it arrives, a little in every turn of the loop, and
// neither a growing buffer nor the store copies it again. Memory is taken as bytes arrive.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "node/storage/blob.h"

namespace cachekit::node {

class LargeBulks {
 public:
  explicit LargeBulks(storage::BlobSpace& space) : space_(space) {}

  /// Awaits a bulk of `size` bytes that starts with these. False if there is no address space.
  bool start(std::size_t size, std::string_view first_bytes);

  bool receiving() const { return missing_bytes_ > 0; }

  /// Takes what belongs to the awaited bulk from the start of `bytes`; returns the rest.
  std::string_view receive(std::string_view bytes);

  /// The bulk that was received last.
  std::string_view last() const { return blobs_.back().bytes(); }

  /// Lets commands share what was received.
  void offer() const { space_.offer(blobs_); }

  /// The command is done with.
  void clear();

  std::size_t size_bytes() const;

 private:
  storage::BlobSpace& space_;
  std::vector<storage::Blob> blobs_;
  std::size_t missing_bytes_ = 0;  // of the last one
};

}  // namespace cachekit::node
