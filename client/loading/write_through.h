// How one process writes one key through to the source, as a state machine: replies in, requests
// out. Pure but for its chance, of which the seed decides.
//
// A placeholder takes the key's place before the source is written: nobody serves the older value
// from then on, and what somebody has begun to load before is not kept. The new value then replaces
// the placeholder, if that is still there. If it is not, another writer came in between, or the
// placeholder's time was over and others have loaded: whose value the source has is not known here,
// and the key is deleted. So is it where the source has failed, for it may have written.
//
// Invariant: once all writers of a key have ended without a problem, the cache holds for it what
// the source has, or nothing. The value of the last one to write the source is kept only where its
// placeholder was not replaced, and whatever else was kept before is deleted by that one.

#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "cachekit/loader.h"
#include "client/loading/entry.h"

namespace cachekit::loading {

/// On but in tests that show that it is needed.
struct WriteGuards {
  bool deletes_on_conflict = true;
};

class WriteThrough {
 public:
  /// What is to be done next, and which reply is waited for.
  struct Action {
    enum class Kind : std::uint8_t {
      set,           ///< answered(): SET key value PX ttl
      store,         ///< stored(): the source
      set_if_equal,  ///< answered(): SET key value IFEQ expected PX ttl
      del,           ///< answered(): DEL key; false: there was nothing.
      end,           ///< Nothing any more.
    };

    Kind kind = Kind::end;
    std::string value = {};
    std::string expected = {};
    Milliseconds ttl{0};
  };

  /// `token`: no other writer's, and no fill's. Options and value must outlive it.
  WriteThrough(const LoaderOptions& options, const OptionalString& value, std::string token,
               std::uint64_t seed, Time now, WriteGuards guards = {});

  const Action& action() const { return action_; }

  void answered(const Result<bool>& done);
  void stored(const Result<void>& outcome, Time now);

  /// What came of it, at the end.
  Result<WrittenThrough> result() const;

 private:
  void store();
  void keep(Time now);
  void del();
  void end();

  const LoaderOptions& options_;
  const OptionalString& value_;
  const WriteGuards guards_;
  std::minstd_rand random_;

  Action action_;
  std::string placeholder_;
  bool holds_placeholder_ = false;
  Status failure_;  // of the source, or the call's own mistake
  WrittenThrough written_;
};

}  // namespace cachekit::loading
