// How one process fills one key, as a state machine: replies in, requests out. Pure but for its
// chance, of which the seed decides.
//
// Nothing there: a placeholder with a token of one's own is put in place (SET NX PX) before the
// load begins, and replaced by the value only if it is still there (SET IFEQ PX). Whoever changes
// the source and then deletes or sets the key removes the placeholder, so what was loaded before is
// not kept. If its owner dies the placeholder expires, and the next one to look takes over.
//
// A value that is to be replaced stays, for others to be served; its own bytes, which are like no
// others, are what the new value replaces. Who loads it is decided by a second key, which only
// spares the source: with both leases lost there are two loads, and never an older value.
//
// Invariant: a value is written only by comparing with bytes that this process has seen, or has
// put, before the load began. Without a lease there is nothing to compare where nothing was, and
// SET NX is what remains: it overwrites nobody, but a deletion in between goes unnoticed.

#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "cachekit/loader.h"
#include "client/loading/entry.h"
#include "client/loading/freshness.h"
#include "client/topology/back_off.h"

namespace cachekit::loading {

/// What keeps older values out; on but in tests that show that it is needed.
struct FillGuards {
  bool compares = true;
};

/// Who loads a key anew is decided by this one: on the key's own shard, unless the key has braces
/// of an unusual kind.
std::string refresh_key_of(std::string_view key);

/// Whether a failure is the caller's own, which loading without the cache would only hide.
bool is_mistake(const Status& failure);

class Fill {
 public:
  /// What is to be done next, and which reply is waited for.
  struct Action {
    enum class Kind : std::uint8_t {
      get,              ///< looked(): the key, at its node, not from the near-cache.
      set_new,          ///< answered(): SET key value NX PX ttl
      set_if_equal,     ///< answered(): SET key value IFEQ expected PX ttl
      set,              ///< answered(): SET key value PX ttl
      delete_if_equal,  ///< answered(): DELIFEQ key expected
      load,             ///< loaded()
      pause,            ///< paused(): after `time`
      end,              ///< Nothing any more.
    };

    Kind kind = Kind::end;
    bool on_refresh_key = false;  ///< Instead of the key itself.
    bool is_lease = false;        ///< What is set is a lease: no replica need have it.
    std::string value = {};
    std::string expected = {};
    Milliseconds time{0};  ///< The ttl, or the length of the pause.
  };

  /// What came of it.
  struct End {
    enum class Kind : std::uint8_t {
      loaded,     ///< `outcome` is what the load answered.
      found,      ///< `outcome` is what somebody else has put there meanwhile, fresh.
      elsewhere,  ///< Somebody else refreshes it.
      failed,     ///< The cache has refused, and `outcome` says why.
    };

    Kind kind = Kind::elsewhere;
    Result<OptionalString> outcome = {};
    bool with_cache = true;      ///< False: the cache did not answer.
    bool was_overtaken = false;  ///< It is not kept, for somebody has changed the key meanwhile.
    Status problem = {};         ///< Why not, if anything went wrong.
  };

  /// Why a fill begins: what was read, and how it was judged.
  struct Start {
    Result<OptionalString> bytes;
    Verdict verdict = Verdict::fill;
  };

  /// `token`: no other fill's. The options must outlive it.
  Fill(const LoaderOptions& options, std::string token, std::uint64_t seed, Start start, Time now,
       FillGuards guards = {});

  const Action& action() const { return action_; }
  const End& end() const { return end_; }
  End& end() { return end_; }

  /// The reply to the action. outcome_unknown is looked into; other failures of a lease make the
  /// load one without the cache.
  void looked(Result<OptionalString> bytes, Time now);
  void answered(const Result<bool>& done);
  void loaded(Result<OptionalString> outcome, Microseconds load_time, Time now);
  void paused();

  /// Instead of a pause: what is held is given back, and it ends as `elsewhere`.
  void give_up();

 private:
  enum class Step : std::uint8_t { look, lease, lease_refresh, load, keep, give_back, pause, over };

  void begin(Start start, Time now);
  void look();
  void lease(Time now);
  void lease_refresh();
  void load();
  void load_without_cache(const Status& why);
  void keep(Time now, Microseconds load_time);
  void give_back();
  void pause();
  void finish(End::Kind kind);

  void lease_answered(const Result<bool>& done);
  void refresh_lease_answered(const Result<bool>& done);
  void keep_answered(const Result<bool>& done);
  void replace(std::string bytes, Time now);

  const LoaderOptions& options_;
  const FillGuards guards_;
  const std::string token_;
  std::minstd_rand random_;
  topology::BackOff pauses_;

  Step step_ = Step::look;
  Action action_;
  End end_;
  std::string placeholder_;               // as it was last asked for
  std::optional<std::string> expected_;   // what the key holds that may be replaced
  std::optional<std::string> refreshed_;  // a fresh value that is to be replaced nevertheless
  bool is_served_ = false;                // others need not wait, so neither need we
  bool holds_placeholder_ = false;        // it is what is expected
  bool holds_refresh_lease_ = false;
};

}  // namespace cachekit::loading
