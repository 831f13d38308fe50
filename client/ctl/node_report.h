// What cachekit's own nodes say about their shard in CACHEKIT.STATUS, as far as it is shown.
//
// Values; no thread rule.

#pragma once

#include <cachekit/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cachekit::ctl {

/// A replica as its primary sees it.
struct ReplicaReport {
  std::string address;
  std::uint64_t offset = 0;
  std::int64_t lag_ms = 0;  ///< Since the newest heartbeat that it has answered was sent.
  bool copying = false;
  std::string run_id = {};  ///< Empty if it has not told.

  bool operator==(const ReplicaReport&) const = default;
};

struct NodeReport {
  std::string run_id = {};
  bool managed = false;
  std::string role = {};
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;
  std::string lease = {};  ///< "held", "lapsed" or "unneeded".
  std::vector<ReplicaReport> replicas = {};

  bool operator==(const NodeReport&) const = default;
};

/// Nothing if the reply is no report. Names in it that are not shown are skipped.
std::optional<NodeReport> report_from_reply(const Value& reply);

}  // namespace cachekit::ctl
