// What a node says of itself to whoever looks after its shard: the reply to CACHEKIT.STATUS.
//
// On the wire it is one array of bulk strings, name and value in turn; a reader skips names that it
// does not know, so that old and new programs understand each other.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace cachekit::protocol {

/// Beyond every real one; what says more is not believed, so that no mistake can use up all
/// numbers.
inline constexpr std::int64_t highest_epoch = std::int64_t{1} << 48;

/// The same for the time after which a lease has lapsed.
inline constexpr std::int64_t longest_lapse_ms = 600'000;

enum class NodeRole : std::uint8_t {
  none,  ///< Managed, and without an order yet.
  primary,
  replica,
};

std::string_view name_of(NodeRole role);

/// What a managed primary's writes rest on.
enum class LeaseState : std::uint8_t {
  unneeded,  ///< It serves alone, or is no primary.
  held,
  lapsed,  ///< It executes no writes.
};

std::string_view name_of(LeaseState state);

/// A replica as its primary sees it.
struct ReplicaReport {
  std::string address;       ///< Where its connection comes from, with the port that it listens at.
  std::uint64_t offset = 0;  ///< That it has acknowledged.
  std::int64_t lag_ms = 0;   ///< Since the newest heartbeat that it has answered was sent.
  std::int64_t skew_ms = 0;  ///< Its wall clock is ahead of its primary's by so much.
  bool copying = false;
  std::string run_id = {};  ///< Empty if it has not told.

  bool operator==(const ReplicaReport&) const = default;
};

struct NodeReport {
  std::string run_id;  ///< New at every start.
  bool managed = false;
  NodeRole role = NodeRole::none;
  std::uint64_t epoch = 0;           ///< Of the last order.
  std::uint64_t promised_epoch = 0;  ///< Orders below it are refused.
  std::uint64_t data_epoch = 0;      ///< At which its data were last complete and up to date.
  std::string history;               ///< Of its data.
  std::uint64_t offset = 0;          ///< In that history.
  bool complete = true;              ///< No copy is under way.
  std::uint64_t keys = 0;

  std::string primary;         ///< Of a replica: host:port.
  bool link_up = false;        ///< Its primary's changes come.
  std::int64_t heard_ms = -1;  ///< Since its primary last sent anything; -1: never.
  bool observer = false;       ///< No lease rests on it yet.
  std::int64_t lapse_ms = 0;   ///< After so long a silence it takes a lease for lapsed; 0: unknown.

  LeaseState lease = LeaseState::unneeded;
  bool closed = false;   ///< A primary that executes no more writes, to hand over.
  bool leaving = false;  ///< It wants to stop, and waits for being replaced.
  std::vector<ReplicaReport> replicas;

  std::uint64_t topology_version = 0;  ///< Of the topology that it keeps for clients; 0: none.

  bool operator==(const NodeReport&) const = default;
};

/// Names and values, in turn.
std::vector<std::string> words_of(const NodeReport& report);

/// The reverse. An error is a sentence about the word that makes no sense.
tl::expected<NodeReport, std::string> parse_node_report(std::span<const std::string_view> words);

}  // namespace cachekit::protocol
