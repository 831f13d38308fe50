// The effects of one frame as bytes: small ones in one string, large values where they lie.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "node/storage/blob.h"
#include "node/storage/effect.h"

namespace cachekit::node::replication {

class FrameBody {
 public:
  bool empty() const { return bytes_.empty(); }

  /// All of it, large values included.
  std::size_t size() const { return size_; }

  /// Appends the encoded effect. A large value is shared.
  void add(const storage::Effect& effect);

  /// Appends bytes as they came.
  void add_bytes(std::string_view bytes);

  /// Puts a large value where the bytes end now.
  void add_blob(storage::Blob blob);

  /// Takes bytes away from the end.
  void cut(std::size_t from) {
    size_ -= bytes_.size() - from;
    bytes_.resize(from);
  }

  void clear();

  const std::string& bytes() const { return bytes_; }
  const std::vector<storage::Blob>& blobs() const { return blobs_; }

  /// Calls visit_bytes(bytes) and visit_blob(blob) for the parts in their order.
  template <typename VisitBytes, typename VisitBlob>
  void visit(const VisitBytes& visit_bytes, const VisitBlob& visit_blob) const {
    std::size_t from = 0;
    for (std::size_t i = 0; i < blobs_.size(); ++i) {
      visit_bytes(std::string_view(bytes_).substr(from, places_[i] - from));
      visit_blob(blobs_[i]);
      from = places_[i];
    }
    if (from < bytes_.size()) visit_bytes(std::string_view(bytes_).substr(from));
  }

 private:
  std::string bytes_;
  std::size_t size_ = 0;
  std::vector<storage::Blob> blobs_;
  std::vector<std::size_t> places_;  // of each blob, in bytes_
};

}  // namespace cachekit::node::replication
