// Waits for changes of a key in etcd, by a stream that stays open from one wait to the next.
//
// A stream that breaks, is canceled, or is not in place in time is followed by one from the next
// member, from the same revision on, after a random pause that grows. No change is lost in between,
// except those that etcd has compacted away: then the caller is told to look.
//
// Thread rule: one thread at a time; wake() and interrupt() from any.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "client/io/clock.h"
#include "client/topology/back_off.h"
#include "client/topology/etcd_caller.h"
#include "client/topology/etcd_messages.h"
#include "client/topology/http_post.h"
#include "client/topology/url.h"

namespace cachekit::topology {

class EtcdWatch {
 public:
  /// The caller, which must outlive it, has the tokens.
  EtcdWatch(EtcdPlace place, EtcdCaller& caller);
  ~EtcdWatch();
  EtcdWatch(const EtcdWatch&) = delete;
  EtcdWatch& operator=(const EtcdWatch&) = delete;

  /// What the caller has read last.
  struct Seen {
    std::int64_t revision = 0;      ///< Of etcd as a whole; 0: nothing yet.
    std::int64_t mod_revision = 0;  ///< Of the key.
  };

  /// Returns when the key may have changed since then: the revision that was told of, or 0. Nothing
  /// at the deadline, and after wake() or interrupt().
  std::optional<std::int64_t> wait(Seen seen, io::Time deadline);

  /// The next wait begins with a new stream: etcd has gone back to an earlier revision.
  void start_anew() { close(); }

  /// Ends the present wait, or the next one, unless a stream is in place that would tell of a
  /// change: a thousand clients that miss the same node need not all ask etcd.
  void wake();

  void interrupt();

 private:
  void open(std::int64_t start_revision, std::string token, io::Time now);
  void close();
  void fail(io::Time now);
  std::optional<std::int64_t> advance(io::Time now);
  std::optional<std::int64_t> take_lines(io::Time now);
  bool ended();
  bool is_deaf(Seen seen, io::Time now);
  void sleep_until(io::Time time, io::Time now);

  const EtcdPlace place_;
  EtcdCaller& caller_;
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> woken_{false};
  const MultiHandle multi_;
  HttpPost post_;

  // Of the stream, if there is one:
  bool open_ = false;
  std::atomic<bool> created_{false};  // etcd has said so
  bool overflow_ = false;             // more has come than is kept
  io::Time opened_at_;
  std::int64_t told_ = 0;  // every change up to here
  std::optional<io::Time> owes_since_;
  etcd::LineSplitter lines_;

  std::size_t member_ = 0;
  BackOff back_off_;
  io::Time next_opening_;
};

}  // namespace cachekit::topology
