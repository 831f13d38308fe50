// What has become of a client's attempts at one node, counted.
//
// Thread rule: any thread.

#pragma once

#include "cachekit/stats.h"
#include "client/metrics/counter.h"
#include "client/metrics/latency_recorder.h"

namespace cachekit::metrics {

struct NodeMeter {
  PerClass<LatencyRecorder> replies;  ///< All, by how long they took.

  Counter not_sent;
  Counter unanswered;
  Counter unreadable;

  Counter refused;
  Counter wrong_type;
  Counter out_of_memory;
  Counter unauthenticated;
  Counter other_errors;

  Counter retries;
  Counter retries_refused;
  Counter hedges;
  Counter hedges_won;

  Counter connections_opened;
  Counter connections_failed;

  /// A reply that is an error, of this code.
  void note_error_reply(Code code);

  /// Fills in what is counted here.
  void tell(NodeStats& stats) const;
};

}  // namespace cachekit::metrics
