// Hot keys: those that this client asks for most often of late.
//
//   for (const cachekit::HotKey& hot : client.hot_keys()) show(hot.key, hot.reads_per_second);
//
// A key that one shard cannot serve alone any more is better off in the near-cache (near_cache.h),
// on all nodes of its shard (HotKeyOptions::spread_reads), or split over several (split.h).
//
// Values; no thread rule.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace cachekit {

struct HotKeyOptions {
  /// How many keys are told, at most 256; 0: none are looked for. Costs some 5 ns for what
  /// the near-cache answers, 10 ns for a key of a call that goes to a node, and a place for each of
  /// at least 256 keys, of 1 KiB at most.
  std::size_t keys = 16;

  /// How soon the past is forgotten: what happened so long ago counts half. Shorter finds a new hot
  /// key sooner, and tells rates less exactly.
  std::chrono::milliseconds half_life{10'000};

  /// Reads of hot keys go to any node of their shard, so that a hot key has all of them, whatever
  /// read_policy says of others, except prefer_replica, which goes on sparing the primary. What
  /// they answer may be as old as max_staleness; a key that this client has written is read from
  /// the primary until then. Pays off where single keys make a node busy.
  bool spread_reads = false;

  /// A key is hot for that if this client reads it so often in a second. Below a hundred chance
  /// decides: in a client's first seconds one sample stands for tens of reads.
  double hot_reads_per_second = 1000;
};

/// A key and how often this client has asked for it of late. From samples, one in 32, or in 64 of
/// what the near-cache answers: with the default half-life a rate of 1000 a second has a standard
/// deviation of 3 %, or 5 %, and one of 10 a second of 33 %, or 47 %.
struct HotKey {
  std::string key;
  double reads_per_second = 0;
  double writes_per_second = 0;
  /// By so much the two together may be too high at most, besides the sampling: the rate of the key
  /// whose place it took.
  double excess_per_second = 0;
};

}  // namespace cachekit
