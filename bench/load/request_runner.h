// Sends requests through the client, one by one or as a pipeline, checks the answers and records
// what they cost.
//
// Thread rule: one thread at a time; each thread has its own over one shared Client.

#pragma once

#include <cachekit/client.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/load/content.h"
#include "bench/load/measurements.h"

namespace cachekit::bench {

struct PlannedRequest {
  bool is_get = true;
  std::string key;
  std::size_t value_size_bytes = 0;  ///< To be written, or expected of a GET that hits.
  bool size_is_known = true;         ///< False: a GET may find a value of any size.
};

enum class Outcome : std::uint8_t { hit, miss, written, failed };

class RequestRunner {
 public:
  using Clock = std::chrono::steady_clock;

  RequestRunner(Client& client, std::optional<std::chrono::milliseconds> ttl,
                Measurements& measurements, LiveCounters& live)
      : client_(client), ttl_(ttl), measurements_(measurements), live_(live) {}

  /// Runs the requests, several as one pipeline. Latency counts from `due`, for each of them until
  /// the last is answered. The outcomes, in order, are valid until the next call.
  std::span<const Outcome> run(std::span<const PlannedRequest> requests, Clock::time_point due);

 private:
  void run_one(const PlannedRequest& request, Clock::time_point due);
  void run_pipeline(std::span<const PlannedRequest> requests, Clock::time_point due);
  Outcome judge_get(const PlannedRequest& request,
                    const Result<std::optional<std::string>>& answer);
  Outcome judge_set(const Result<bool>& answer);
  Outcome fail(std::string_view name, const std::string& sentence);
  void record(const PlannedRequest& request, Outcome outcome, Clock::duration latency);
  SetOptions set_options() const;

  Client& client_;
  std::optional<std::chrono::milliseconds> ttl_;
  Measurements& measurements_;
  LiveCounters& live_;
  ValueMaker values_;
  std::vector<Outcome> outcomes_;
};

}  // namespace cachekit::bench
