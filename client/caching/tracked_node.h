// One node as the near-cache sees it. Two connections lead to it: one on which it tells of changes
// (InvalidationLink), and one through which values are read, which names the first as the one to be
// told. Here is what both come to: until when its entries may be served, and when all are gone.
//
// * An entry is served while each of the two connections has answered something that was sent less
//   than `max_silence` ago. Without the first nobody tells of changes; without the second the node
//   no longer knows that it should.
// * When either connection is lost, all entries go. Reads go on through a fresh io::Node, which has
//   none of the connections that name the lost one.
//
// Thread rule: any thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "client/caching/guards.h"
#include "client/caching/source.h"
#include "client/io/clock.h"
#include "client/io/node.h"

namespace cachekit::caching {

class TrackedNode {
 public:
  TrackedNode(std::string name, topology::NodeAddress address, io::Duration max_silence,
              const Guards& guards);

  /// As in the topology.
  const std::string& name() const { return name_; }
  const topology::NodeAddress& address() const { return address_; }

  Source& source() { return source_; }
  void drop_all();
  std::uint64_t drops() const { return drops_.load(std::memory_order_relaxed); }

  /// Where fills are read; null if they would not be told of changes, or if none has come through
  /// of late. To be asked for behind NearStore::begin_fill(): a fill that began before a connection
  /// was lost is void.
  std::shared_ptr<io::Node> reads(io::Time now) const;

  /// No connection could be opened for a fill: the next ones need not try for a while.
  void reads_failed(io::Time now);

  /// For a server that tells nobody: entries are good until they expire.
  void serve_untracked();

  /// Whether another node can become primary in its place.
  void set_replicated(bool replicated) { replicated_.store(replicated); }

  // From the connection on which it tells of changes.

  void link_is_up(std::int64_t connection_id);
  void link_is_lost();
  void link_answered(io::Time sent, io::Time now);

  // From the connection through which values are read.

  /// One is being opened, so the one before is gone. Answers with the connection to be named, or 0
  /// if there is none.
  std::int64_t open_reads();
  void reads_answered(io::Time sent, io::Time now);

 private:
  void serve_while_answered(io::Time now);

  const std::string name_;
  const topology::NodeAddress address_;
  const io::Duration max_silence_;
  const Guards guards_;
  Source source_;
  std::atomic<std::uint64_t> drops_{0};
  std::atomic<bool> replicated_{false};

  mutable std::mutex mutex_;
  std::shared_ptr<io::Node> reads_;
  bool reads_were_open_ = false;
  std::int64_t link_id_ = 0;
  io::Time link_sent_;
  io::Time served_until_;
  std::atomic<io::Time> reads_sent_{io::Time()};
  io::Time reads_again_at_;
};

}  // namespace cachekit::caching
