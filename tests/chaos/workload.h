// The load of a chaos run: for every shard a writer, a writer with a write concern, and a reader of
// what has just been written.
//
// Thread rule: one thread.

#pragma once

#include <cachekit/client.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/chaos/ledger.h"

namespace cachekit::chaos {

struct Load {
  std::chrono::microseconds write_interval{5000};
  std::chrono::microseconds read_interval{5000};
  std::chrono::microseconds concern_interval{20'000};
};

struct ShardLoad {
  ShardLoad(std::string name, const std::string& tag)
      : shard(std::move(name)), plain(tag + ":plain:"), concern(tag + ":concern:") {}

  std::string shard;
  Ledger plain;
  Ledger concern;  ///< Acknowledged by a replica.
};

/// A hash tag of the shard's.
std::string tag_of(const Client& client, const std::string& shard);

void write_next(Client& client, Ledger& ledger, std::uint64_t number);
void read_newest(Client& client, Ledger& ledger);

class Workload {
 public:
  /// Begins at once.
  static Result<std::unique_ptr<Workload>> start(const std::string& url, const Load& load);
  ~Workload() { stop(); }

  void stop();

  Client& client() { return client_; }
  const std::vector<std::unique_ptr<ShardLoad>>& shards() const { return shards_; }

  /// Of the numbers, those that the cluster does not have; nothing if it cannot be asked.
  std::optional<std::vector<std::uint64_t>> missing(const Ledger& ledger,
                                                    const std::vector<std::uint64_t>& numbers);

 private:
  Workload(Client client, Client concern_client)
      : client_(std::move(client)), concern_client_(std::move(concern_client)) {}

  void begin(const Load& load);
  template <class Step>
  void run_paced(std::chrono::microseconds interval, Step step);

  Client client_;
  Client concern_client_;
  std::vector<std::unique_ptr<ShardLoad>> shards_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace cachekit::chaos
