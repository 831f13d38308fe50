// Whether this process is still the one in which something was made. In a child made by fork() the
// threads of the parent are not there, and locks may be held by them for ever.
//
// Thread rule: any thread.

#pragma once

#include <cstdint>

namespace cachekit::api {

/// How many forks lie between this process and the first one that asked.
std::uint32_t fork_generation();

class ForkGuard {
 public:
  bool is_in_child() const { return made_in_ != fork_generation(); }

 private:
  std::uint32_t made_in_ = fork_generation();
};

}  // namespace cachekit::api
