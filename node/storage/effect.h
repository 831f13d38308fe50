// What a change to the store comes down to.
//
// Every change, whatever its cause, reaches one EffectSink as effects on single keys. An effect is
// deterministic: it carries results and absolute times, never a random choice or a clock reading.
// A second store that is fed the effects of a first one equals it. Replication and tracking are
// subscribers of the sink; a command handler knows neither.

#pragma once

#include <cstdint>
#include <string_view>

#include "node/storage/value_type.h"

namespace cachekit::node::storage {

class Blob;

/// Milliseconds of Unix time.
using UnixMillis = std::int64_t;

inline constexpr UnixMillis no_expiry = -1;

struct Effect {
  enum class Kind : std::uint8_t {
    set,     ///< `key` now holds `value`, of `type` (compact if a collection), until `expire_at`.
    expire,  ///< `key` keeps its value and now expires at `expire_at`.
    remove,  ///< `key` is gone.
    clear,   ///< Every key is gone.

    // Changes inside a collection. One that does not exist yet is created without an expiry; the
    // one whose last element goes is removed by an effect of its own.
    list_push_front,  ///< `value` now stands before all others.
    list_push_back,   ///< `value` now stands behind all others.
    list_insert,      ///< `value` now stands at `index`; what was there and behind has moved on.
    list_set,         ///< `value` replaces the element at `index`.
    list_erase,       ///< The `count` elements from `index` on are gone.
    set_add,          ///< `value` is a member.
    set_remove,       ///< `value` is no member.
    hash_set,         ///< `field` holds `value`.
    hash_remove,      ///< `field` is gone.
  };
  enum class Cause : std::uint8_t { command, expired, evicted };

  Kind kind;
  Cause cause = Cause::command;
  ValueType type = ValueType::string;
  std::string_view key;  ///< Valid during the call alone, as are `field` and `value`.
  std::string_view value;
  UnixMillis expire_at = no_expiry;
  std::string_view field = {};
  std::uint64_t index = 0;  ///< From the front, starting at 0.
  std::uint64_t count = 0;
  const Blob* blob = nullptr;  ///< Holds a large string's value, if the store does.
};

class EffectSink {
 public:
  virtual ~EffectSink() = default;

  virtual void apply(const Effect& effect) = 0;

  /// The effects between the two calls belong together: a subscriber shows all of them or none.
  /// Groups nest; the outermost counts.
  virtual void begin_group() = 0;
  virtual void end_group() = 0;

  /// Does anybody listen who needs values? If not, what a large collection holds is not told when
  /// it is renamed or copied.
  virtual bool wants_values() const { return true; }
};

}  // namespace cachekit::node::storage
