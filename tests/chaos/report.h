// What came of a chaos run.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/chaos/ledger.h"

namespace cachekit::chaos {

struct Report {
  std::string fault;
  double seconds = 0;
  std::uint64_t operations = 0;
  std::uint64_t failed = 0;
  std::uint64_t failed_writes = 0;
  std::uint64_t failed_reads = 0;
  std::uint64_t failed_concern_writes = 0;
  std::chrono::microseconds longest_write_gap{0};
  std::chrono::microseconds longest_read_gap{0};
  double longest_read_gap_at_s = 0;  ///< When it began, from the first read.

  /// From a fault to the next write of its shard that is acknowledged.
  std::vector<std::chrono::microseconds> write_resumed_after;

  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;  ///< Acknowledged by the primary alone.
  std::uint64_t acknowledged_by_replica = 0;
  std::uint64_t lost_by_replica = 0;
  std::uint64_t stale_reads = 0;  ///< Of what is there at the end.
  std::uint64_t deposed_acknowledgements = 0;
  std::uint64_t promotions = 0;
  std::uint64_t hand_overs = 0;

  /// What only this fault has to tell.
  std::vector<std::pair<std::string, double>> details;

  /// Goals that were missed, a sentence each.
  std::vector<std::string> violations;

  void add_detail(std::string name, std::chrono::nanoseconds time);
  void demand(bool met, std::string_view otherwise) {
    if (!met) violations.emplace_back(otherwise);
  }

  double succeeded() const {
    return operations == 0 ? 0 : 1 - static_cast<double>(failed) / static_cast<double>(operations);
  }
  std::chrono::microseconds longest_write_outage() const;
  std::chrono::microseconds median_write_outage() const;
};

/// Adds one shard's streams.
void add(Report& report, const Ledger& plain, const Ledger& concern);

std::string to_json(const Report& report);
std::string to_text(const Report& report);

}  // namespace cachekit::chaos
