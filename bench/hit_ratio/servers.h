// The servers that are compared, and how each is told its memory limit.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/hit_ratio/cache_connection.h"

namespace cachekit::bench::hit_ratio {

enum class ServerProgram : std::uint8_t { node, redis, memcached };

struct Server {
  std::string name;
  ServerProgram program = ServerProgram::node;
  std::string path;
  std::string policy = {};              ///< Of the node and of redis-server.
  std::vector<std::string> flags = {};  ///< More of them.

  /// More still, if it cannot be held to a limit otherwise.
  std::vector<std::string> frugal_flags = {};

  Protocol protocol() const {
    return program == ServerProgram::memcached ? Protocol::memcached : Protocol::resp;
  }

  /// In what steps its limit can be set.
  std::size_t unit_bytes() const;

  /// Does a replay's speed change what it evicts?
  bool has_coarse_clock() const { return program == ServerProgram::redis; }

  /// With a limit of its own of so many bytes.
  std::vector<std::string> command(std::uint16_t port, std::size_t setting_bytes,
                                   std::size_t largest_value_bytes) const;
};

}  // namespace cachekit::bench::hit_ratio
