#include "bench/hit_ratio/socket_replay.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace cachekit::bench::hit_ratio {
namespace {

using Clock = std::chrono::steady_clock;

// Enough that system calls do not dominate. Few bytes, so that the servers' buffers stay small
// beside what they store.
constexpr std::size_t batch_requests = 32;
constexpr std::size_t batch_bytes = std::size_t{32} << 10;

class Batches {
 public:
  Batches(const Trace& trace, std::string_view values, CacheConnection& connection)
      : trace_(trace), values_(values), connection_(connection) {}

  bool takes(const Trace::Request& request) const {
    const auto same_key = [&](const Trace::Request& one) { return one.key == request.key; };
    return batch_.size() < batch_requests && bytes_ < batch_bytes &&
           !std::ranges::any_of(batch_, same_key);
  }

  void add(const Trace::Request& request) {
    batch_.push_back(request);
    bytes_ += request.size_bytes;
  }

  Status flush() {
    keys_.clear();
    for (const auto& request : batch_) keys_.push_back(trace_.keys[request.key]);
    const Result<std::vector<bool>> found = connection_.get(keys_);
    if (!found) return found.error();
    missing_.clear();
    for (std::size_t at = 0; at < batch_.size(); ++at) {
      if (!(*found)[at]) missing_.push_back({keys_[at], values_.substr(0, batch_[at].size_bytes)});
    }
    replay_.requests += batch_.size();
    replay_.misses += missing_.size();
    batch_.clear();
    bytes_ = 0;
    return missing_.empty() ? Status() : connection_.set(missing_);
  }

  const Replay& replay() const { return replay_; }

 private:
  const Trace& trace_;
  std::string_view values_;
  CacheConnection& connection_;
  std::vector<Trace::Request> batch_;
  std::size_t bytes_ = 0;
  std::vector<std::string_view> keys_;
  std::vector<KeyValue> missing_;
  Replay replay_;
};

}  // namespace

Result<Replay> replay_over_socket(const Trace& trace, std::string_view values,
                                  CacheConnection& connection, Duration duration) {
  const auto start = Clock::now();
  const Duration interval =
      duration / static_cast<double>(std::max<std::size_t>(trace.requests.size(), 1));
  Batches batches(trace, values, connection);
  for (const Trace::Request& request : trace.requests) {
    if (!batches.takes(request)) {
      if (Status status = batches.flush(); !status.ok()) return tl::unexpected(status);
      const auto due = start + interval * static_cast<double>(batches.replay().requests);
      std::this_thread::sleep_until(std::chrono::time_point_cast<Clock::duration>(due));
    }
    batches.add(request);
  }
  if (Status status = batches.flush(); !status.ok()) return tl::unexpected(status);
  return batches.replay();
}

}  // namespace cachekit::bench::hit_ratio
