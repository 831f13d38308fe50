// A managed node's role: by whose order it has it, what it has promised, and whether its writes
// may be acknowledged.
//
// Pure: no sockets, no clock; times are monotonic milliseconds that the caller has read. Three
// things keep two nodes from acknowledging writes of one shard at the same time:
//  - epochs: an order below the newest epoch that the node knows, or has promised, is refused;
//  - run-ids: so is one that was meant for an earlier life of the process;
//  - the lease: a primary executes writes only while some replica has lately answered a heartbeat,
//    and a replica promises its obedience to a later epoch only after it has heard nothing for as
//    long, or knows that the primary is dead.
// Not thread-safe.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/replication/replication.h"
#include "protocol/node_report.h"

namespace cachekit::node::failover {

using Epoch = std::uint64_t;
using protocol::LeaseState;
using protocol::NodeRole;

struct Order {
  Epoch epoch = 0;
  std::string run_id = {};  ///< Of the process that it is meant for.
  NodeRole role = NodeRole::none;
  bool alone = false;                 ///< A primary of a shard without replicas needs no lease.
  replication::Address primary = {};  ///< A replica's.

  /// A replica that is not one of the shard yet: no lease rests on it.
  bool observes = false;

  bool operator==(const Order&) const = default;
};

/// What the safety of promotions rests on. Tests switch them off, one by one, to see that each is
/// needed.
struct Guards {
  bool lease = true;
  bool promise = true;
  bool epoch = true;
  bool run_id = true;
};

/// What a replica learns by asking the primary itself.
enum class ProbeOutcome : std::uint8_t {
  alive,
  dead,  ///< Nobody listens there, or a process that is no primary.

  silent,  ///< No answer in time.
};

class Mandate;

/// What a node answers to a probe, "primary 7"; and what that, from the primary that a node of this
/// epoch follows, says of it. A primary of an earlier epoch may only not have its order yet, and a
/// lease until then.
std::string to_line(const Mandate& mandate);
ProbeOutcome outcome_of(std::string_view line, Epoch epoch);

class Mandate {
 public:
  Mandate(std::string run_id, std::int64_t lease_ms, Guards guards = {});

  std::int64_t lease_ms() const { return lease_ms_; }
  NodeRole role() const { return order_.role; }
  Epoch epoch() const { return order_.epoch; }
  Epoch promised() const { return promised_; }

  enum class Taken : std::uint8_t { repeated, changed };

  /// An error is the refusal, with its code.
  tl::expected<Taken, std::string> take(const Order& order);

  // A replica's promise to obey no order below an epoch.

  /// Whether the epoch may be promised at all; whether it is time to is told by may_give_up_on.
  tl::expected<void, std::string> check_promise(Epoch epoch) const;

  /// Whether a primary that was last heard so long ago, and answers a probe like this, is to be
  /// given up.
  bool may_give_up_on(ProbeOutcome outcome, std::int64_t heard_ms_ago) const;
  void promise(Epoch epoch);

  /// After so much silence the lease of a primary has lapsed, be its clock a little slower.
  std::int64_t patience_ms() const;

  /// As the primary's heartbeats tell; it may have been configured in another way.
  void note_lease_of_primary(std::int64_t lease_ms) { lease_of_primary_ms_ = lease_ms; }

  /// A replica whose answers renew its primary's lease.
  bool votes() const { return order_.role == NodeRole::replica && !order_.observes; }

  /// A node that has promised a later epoch follows nobody until it is ordered.
  bool has_promised() const { return promised_ > order_.epoch; }

  // The lease of a primary.

  /// A replica has answered a heartbeat that was sent then, in this epoch.
  void renew_lease(std::int64_t sent_ms);
  LeaseState lease(std::int64_t now_ms) const;

  /// A primary began to lead then, and may be without a lease until replicas answer.
  void begin_lease(std::int64_t now_ms) { ordered_ms_ = now_ms; }

  /// How long a primary that needs a lease has been without one; 0 for all others.
  std::int64_t lapsed_for_ms(std::int64_t now_ms) const;

  // The end of a primary.

  /// No more writes from now on, until a later order. The error has its code.
  tl::expected<void, std::string> close(Epoch epoch);
  bool is_closed() const { return closed_; }

  /// The process wants to stop.
  void leave() { leaving_ = true; }
  bool is_leaving() const { return leaving_; }

  /// Why a write is not executed now, with its code; nothing if it is.
  std::optional<std::string> refusal_of_write(std::int64_t now_ms) const;

  /// Whether what has been written may be acknowledged still.
  bool may_acknowledge(std::int64_t now_ms) const;

  // The data.

  /// The epoch at which the node's data were last complete and up to date.
  Epoch data_epoch() const { return data_epoch_; }
  void note_data_up_to_date() { data_epoch_ = order_.epoch; }

  /// Whether the data may be replaced by those of another history. Without a new order a primary
  /// cannot have lost its own and begun another; only one that came back empty would say so.
  bool may_discard_data() const { return order_.epoch > data_epoch_; }

 private:
  tl::expected<void, std::string> check(const Order& order) const;

  std::string run_id_;
  std::int64_t lease_ms_;
  std::int64_t lease_of_primary_ms_ = 0;
  Guards guards_;
  Order order_;
  Epoch promised_ = 0;
  Epoch data_epoch_ = 0;
  std::int64_t ordered_ms_ = 0;
  std::optional<std::int64_t> lease_from_ms_;
  bool closed_ = false;
  bool leaving_ = false;
};

}  // namespace cachekit::node::failover
