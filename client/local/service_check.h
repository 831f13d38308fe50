// Whether a cluster of managed nodes has come to life.
//
// Thread rule: any thread.

#pragma once

#include <cstddef>
#include <string>

namespace cachekit::local {

/// Whether the primary of every shard takes writes, and so many replicas have joined it.
bool is_in_service(const std::string& url, std::size_t replicas);

}  // namespace cachekit::local
