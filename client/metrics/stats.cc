#include "cachekit/stats.h"

#include <numeric>

namespace cachekit {

std::string_view name_of(CommandClass command_class) {
  switch (command_class) {
    case CommandClass::read:
      return "read";
    case CommandClass::write:
      return "write";
    case CommandClass::other:
      break;
  }
  return "other";
}

std::string_view name_of(NodeRole role) {
  switch (role) {
    case NodeRole::primary:
      return "primary";
    case NodeRole::replica:
      return "replica";
    case NodeRole::absent:
      break;
  }
  return "absent";
}

std::string_view name_of(BreakerState state) {
  return state == BreakerState::closed ? "closed" : "open";
}

std::uint64_t ClientStats::all_calls() const {
  return std::accumulate(calls.begin(), calls.end(), std::uint64_t{0});
}

}  // namespace cachekit
