// A topology under one key of etcd, "cachekit/<name>/topology": for clusters on many machines.
//
// Reads are linearizable. A swap is a transaction on the revision in which the key was last
// changed, so that anybody's change in between, by whatever program, makes it fail.
//
// Thread rule: as for every store.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "client/topology/etcd_caller.h"
#include "client/topology/etcd_messages.h"
#include "client/topology/etcd_watch.h"
#include "client/topology/store.h"
#include "client/topology/url.h"

namespace cachekit::topology {

class EtcdStore final : public Store {
 public:
  explicit EtcdStore(EtcdPlace place);

  // Each call takes EtcdCaller::total_timeout at most, and fails as EtcdCaller::ask() does besides
  // what every store says.

  /// A key that is not there is a topology_error.
  Result<Topology> read() override;
  Result<bool> create(const Topology& first) override;
  Result<bool> compare_and_swap(std::uint64_t expected, Topology next) override;
  bool wait_for_change(io::Time deadline) override;
  void wake() override { watch_.wake(); }
  void interrupt() override;

 private:
  Result<etcd::RangeAnswer> range(io::Time deadline);
  Result<Topology> parse(const etcd::RangeAnswer& answer) const;
  Result<bool> put(std::int64_t mod_revision, const Topology& topology, io::Time deadline);

  const std::string key_;
  EtcdCaller caller_;
  EtcdWatch watch_;

  // Of what was read last:
  std::atomic<std::int64_t> revision_{0};
  std::atomic<std::int64_t> mod_revision_{0};
  std::atomic<bool> went_back_{false};
};

}  // namespace cachekit::topology
