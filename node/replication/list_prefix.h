// Changes to a list of which only the first elements have been copied.
//
// A large list is copied in pieces while commands go on changing it. What happens among the
// elements that the replica has is repeated there; what happens behind them will be met by the next
// pieces. Primary and replica decide that alike, each from the number of elements copied so far.

#pragma once

#include <algorithm>
#include <optional>

#include "node/storage/effect.h"

namespace cachekit::node::replication {

/// The part of a change inside a list that concerns its first `copied` elements, if any; `copied`
/// is brought up to date.
inline std::optional<storage::Effect> within_prefix(storage::Effect effect, std::uint64_t& copied) {
  using Kind = storage::Effect::Kind;
  switch (effect.kind) {
    case Kind::list_push_front:
      ++copied;
      return effect;
    case Kind::list_insert:
      if (effect.index >= copied) return std::nullopt;
      ++copied;
      return effect;
    case Kind::list_set:
      if (effect.index >= copied) return std::nullopt;
      return effect;
    case Kind::list_erase:
      if (effect.index >= copied) return std::nullopt;
      effect.count = std::min(effect.count, copied - effect.index);
      copied -= effect.count;
      return effect;
    default:  // a push at the back
      return std::nullopt;
  }
}

}  // namespace cachekit::node::replication
