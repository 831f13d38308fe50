// What a change to the store comes down to.
//
// Every change, whatever its cause, reaches one EffectSink as effects on single keys. An effect is
// deterministic: it carries results and absolute times, never a random choice or a clock reading.
// A second store that is fed the effects of a first one equals it. Replication and tracking are
// subscribers of the sink; a command handler knows neither.

#pragma once

#include <cstdint>
#include <string_view>

namespace cachekit::node::storage {

/// Milliseconds of Unix time.
using UnixMillis = std::int64_t;

inline constexpr UnixMillis no_expiry = -1;

struct Effect {
  enum class Kind : std::uint8_t {
    set,     ///< `key` now holds `value` and expires at `expire_at`.
    expire,  ///< `key` keeps its value and now expires at `expire_at`.
    remove,  ///< `key` is gone.
    clear,   ///< Every key is gone.
  };
  enum class Cause : std::uint8_t { command, expired, evicted };

  Kind kind;
  Cause cause = Cause::command;
  std::string_view key;  ///< Valid during the call alone, as is `value`.
  std::string_view value;
  UnixMillis expire_at = no_expiry;
};

class EffectSink {
 public:
  virtual ~EffectSink() = default;

  virtual void apply(const Effect& effect) = 0;

  /// The effects between the two calls belong together: a subscriber shows all of them or none.
  /// Groups nest; the outermost counts.
  virtual void begin_group() = 0;
  virtual void end_group() = 0;
};

}  // namespace cachekit::node::storage
