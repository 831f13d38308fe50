#include "node/large_bulks.h"

#include <algorithm>
#include <utility>

namespace cachekit::node {

bool LargeBulks::start(std::size_t size, std::string_view first_bytes) {
  storage::Blob blob = space_.reserve(size);
  if (!blob) return false;
  space_.append(blob, first_bytes);
  blobs_.push_back(std::move(blob));
  missing_bytes_ = size - first_bytes.size();
  return true;
}

std::string_view LargeBulks::receive(std::string_view bytes) {
  const std::string_view wanted = bytes.substr(0, std::min(bytes.size(), missing_bytes_));
  space_.append(blobs_.back(), wanted);
  missing_bytes_ -= wanted.size();
  return bytes.substr(wanted.size());
}

void LargeBulks::clear() {
  if (blobs_.empty()) return;
  space_.offer({});
  blobs_.clear();
  missing_bytes_ = 0;
}

std::size_t LargeBulks::size_bytes() const {
  std::size_t bytes = 0;
  for (const storage::Blob& blob : blobs_) bytes += blob.bytes().size();
  return bytes;
}

}  // namespace cachekit::node
