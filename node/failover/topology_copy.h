// The newest description of the cluster that a node has been given, for clients that cannot reach
// where it comes from. The node does not read it.
//
// Not thread-safe.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace cachekit::node::failover {

class TopologyCopy {
 public:
  /// Largest document that is kept.
  static constexpr std::size_t max_bytes = std::size_t{16} << 20;

  std::uint64_t version() const { return version_; }  ///< 0: none.
  const std::string& document() const { return document_; }

  /// False, and nothing happens, if this or a newer version is there already.
  bool offer(std::uint64_t version, std::string document) {
    if (version <= version_) return false;
    version_ = version;
    document_ = std::move(document);
    return true;
  }

 private:
  std::uint64_t version_ = 0;
  std::string document_;
};

}  // namespace cachekit::node::failover
