#include "node/replication/replication.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "node/node.h"
#include "node/replication/link.h"

namespace cachekit::node::replication {
namespace {

std::string new_history_id(storage::Store& store) {
  std::string id;
  for (int i = 0; i < 5; ++i) id += fmt::format("{:08x}", store.random() & 0xffffffffU);
  return id;
}

// A small node's memory is not to be spent on the changes of a few milliseconds.
std::size_t backlog_capacity(std::size_t max_memory_bytes) {
  constexpr std::size_t share = 8;
  if (max_memory_bytes == 0) return Replication::backlog_bytes;
  return std::min(Replication::backlog_bytes, max_memory_bytes / share);
}

std::string host_of(std::string_view address) {
  return std::string(address.substr(0, address.rfind(':')));
}

}  // namespace

std::string to_text(const Address& address) {
  const bool bare_v6 = address.host.find(':') != std::string::npos && address.host.front() != '[';
  return fmt::format(fmt::runtime(bare_v6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
}

Replication::Replication(Node& node) : node_(node) {}

Replication::~Replication() {
  replicas_.clear();
  if (source_) node_.effects().unsubscribe(*source_);
}

std::string_view Replication::history_id() const {
  return source_ ? std::string_view(source_->history().id) : std::string_view();
}

Offset Replication::offset() const { return source_ ? source_->backlog().end() : 0; }

std::string Replication::add_replica(const Connection& connection, std::string_view history,
                                     Offset offset, std::uint16_t port) {
  if (primary_) return "-ERR this node is a replica itself, and replicas are not chained";
  if (!source_) begin_own_history();
  const bool continues = source_->can_continue(history, offset);
  if (!continues && is_another_copying(connection.id)) {
    return "-TRYAGAIN another replica is being copied to";
  }
  Statistics& statistics = node_.statistics();
  ++(continues ? statistics.partial_copies : statistics.full_copies);
  if (!continues && history != no_history) ++statistics.refused_partial_copies;
  const Offset from = continues ? offset : source_->backlog().end();
  Replica& replica = replicas_[connection.id];
  replica.feed.reset();  // it may say so twice
  replica.feed = std::make_unique<ReplicaFeed>(
      *source_, node_.store(),
      continues ? ReplicaFeed::Start::from_offset : ReplicaFeed::Start::with_copy, from);
  replica.host = host_of(connection.endpoints.peer);
  replica.port = port;
  replica.run_id = connection.replica_run_id;
  replica.acknowledged = continues ? offset : 0;
  replica.counts = node_.mandate() == nullptr;  // a managed one tells by its first answer
  replica.acknowledged_ms = node_.now().monotonic_ms;
  replica.silent_beats = 0;
  replica.copied_ms = continues ? 0 : node_.now().monotonic_ms;
  replica.heartbeat_due = true;
  node_.log(LogLevel::notice, "replica {}:{} {} offset {}", replica.host, port,
            continues ? "goes on at" : "gets a full copy from", from);
  const std::string& id = source_->history().id;
  if (continues) return fmt::format("+CONTINUE {} {}", id, from);
  return fmt::format("+COPY {} {} {}", id, from, node_.store().size());
}

bool Replication::is_another_copying(ConnectionId connection) const {
  if (node_.store().lasting_memory_bytes() <= copied_at_once_bytes) return false;
  return std::ranges::any_of(replicas_, [&](const auto& entry) {
    return entry.first != connection && entry.second.feed->is_copying();
  });
}

void Replication::acknowledge(ConnectionId connection, const Acknowledgement& acknowledgement) {
  Replica* const found = replica(connection);
  const Now now = node_.now();
  if (found == nullptr || acknowledgement.offset > found->feed->position()) return;
  if (acknowledgement.heartbeat_ms > now.monotonic_ms) return;  // never sent
  found->acknowledged = acknowledgement.offset;
  acknowledged_ = true;
  found->acknowledged_ms = now.monotonic_ms;
  found->silent_beats = 0;
  found->counts = acknowledgement.votes || node_.mandate() == nullptr;
  if (acknowledgement.heartbeat_ms == no_heartbeat_ms) return;
  found->heartbeat_ms = acknowledgement.heartbeat_ms;
  measure_skew(*found, acknowledgement);
  note_memory(*found, acknowledgement);
  if (acknowledgement.votes && node_.mandate() != nullptr) {
    node_.mandate()->renew_lease(acknowledgement.heartbeat_ms);
  }
}

// The replica looked at its clock somewhere between the heartbeat's way there and the answer's way
// back; half of the time between is the best guess, and the most that it can be wrong by. A warning
// once each time that somebody sets a clock wrong.
void Replication::measure_skew(Replica& replica, const Acknowledgement& acknowledgement) {
  const Now now = node_.now();
  const std::int64_t half = (now.monotonic_ms - acknowledgement.heartbeat_ms) / 2;
  replica.skew_ms = acknowledgement.unix_ms - (now.unix_ms - half);
  const bool differs = std::abs(replica.skew_ms) > most_skew_ms + half;
  if (std::exchange(replica.skew_reported, differs) || !differs) return;
  node_.log(LogLevel::warning,
            "the clock of replica {}:{} differs by {} ms; keys expire there so much too early or "
            "too late",
            replica.host, replica.port, replica.skew_ms);
}

void Replication::note_beat(Replica& replica, std::int64_t sent_ms) {
  replica.beat_ms = sent_ms;
  replica.beat_memory_bytes = node_.store().lasting_memory_bytes();
}

// The answer to the newest heartbeat comes from a store that was told the same changes, so the
// difference is what their layouts, and their limits, differ by.
void Replication::note_memory(Replica& replica, const Acknowledgement& acknowledgement) {
  const std::size_t limit = node_.settings().max_memory_bytes;
  if (acknowledgement.heartbeat_ms != replica.beat_ms || replica.feed->is_copying()) return;
  replica.excess_bytes = 0;
  if (limit == 0 || acknowledgement.max_memory_bytes == 0) return;
  const std::size_t its_need = acknowledgement.memory_bytes + limit;
  const std::size_t our_need = replica.beat_memory_bytes + acknowledgement.max_memory_bytes;
  if (its_need > our_need) replica.excess_bytes = its_need - our_need;
}

// Half of the limit at most: a replica of that little memory is a mistake of its own.
void Replication::heed_fullest() {
  std::size_t most = 0;
  for (const auto& [id, replica] : replicas_) most = std::max(most, replica.excess_bytes);
  node_.spare_memory(std::min(most, node_.settings().max_memory_bytes / 2));
}

void Replication::share_touches() {
  const storage::StoreOptions& options = node_.store().options();
  const bool evicts = options.max_memory_bytes != 0 && options.eviction.evicts;
  const bool wanted = evicts && !primary_ && !replicas_.empty();
  node_.store().sample_touches(wanted ? &touches_ : nullptr);
  const auto keys = std::make_shared<const std::string>(touches_.take());
  for (auto& [id, replica] : replicas_) {
    const bool tell = wanted && !keys->empty() && !replica.feed->is_copying();
    replica.touches = tell ? keys : nullptr;
  }
}

Replica* Replication::find_replica(ConnectionId connection) {
  const auto found = replicas_.find(connection);
  return found != replicas_.end() ? &found->second : nullptr;
}

void Replication::remove_replica(ConnectionId connection) {
  if (replicas_.erase(connection) > 0) beats_without_replicas_ = 0;
}

std::size_t Replication::replicas_at(Offset offset) const {
  return static_cast<std::size_t>(
      std::count_if(replicas_.begin(), replicas_.end(), [&](const auto& entry) {
        const Replica& replica = entry.second;
        return replica.counts && !replica.feed->is_copying() && replica.acknowledged >= offset;
      }));
}

std::size_t Replication::replicas_within(std::int64_t lag_ms) const {
  const std::int64_t since_ms = node_.now().monotonic_ms - lag_ms;
  return static_cast<std::size_t>(
      std::count_if(replicas_.begin(), replicas_.end(), [&](const auto& entry) {
        const Replica& replica = entry.second;
        return !replica.feed->is_copying() && replica.acknowledged_ms >= since_ms;
      }));
}

void Replication::ask_replicas() {
  for (auto& [id, replica] : replicas_) replica.heartbeat_due = true;
}

std::vector<ConnectionId> Replication::hungry() const {
  std::vector<ConnectionId> found;
  for (const auto& [id, replica] : replicas_) {
    if (replica.feed->has_more() || replica.heartbeat_due) found.push_back(id);
  }
  return found;
}

void Replication::beat() {
  ask_replicas();
  heed_fullest();
  share_touches();
  for (auto& [id, replica] : replicas_) {
    if (replica.feed->is_copying()) replica.copied_ms = node_.now().monotonic_ms;
    const int most = replica.awaits_copy() ? most_silent_beats_of_copy : most_silent_beats;
    if (++replica.silent_beats == most) {
      dismissed_.push_back({id, Message::Kind::close, "the replica says nothing"});
    }
  }
  // A managed primary's history does not end: its replicas must know it again.
  if (node_.mandate() == nullptr && !primary_ && source_ && replicas_.empty() &&
      ++beats_without_replicas_ == most_idle_beats) {
    end_own_history();
  }
  count_backlog();
}

void Replication::end_own_history() {
  node_.log(LogLevel::notice, "no replica came back: its history ends");
  node_.effects().unsubscribe(*source_);
  source_.reset();
}

void Replication::end_turn() {
  if (source_) source_->trim();
}

void Replication::count_backlog() {
  const std::size_t bytes = source_ ? source_->backlog().bytes() : 0;
  node_.change_buffer_bytes(std::exchange(counted_backlog_bytes_, bytes), bytes);
}

void Replication::dismiss_replicas(std::string_view reason) {
  for (const auto& [id, replica] : replicas_) {
    dismissed_.push_back({id, Message::Kind::close, std::string(reason)});
  }
  replicas_.clear();
}

void Replication::follow(Address address) {
  if (primary_ && primary_->address == address) return;
  follow_anew(std::move(address));
}

void Replication::follow_anew(Address address) {
  node_.log(LogLevel::notice, "follows {}:{}", address.host, address.port);
  dismiss_replicas("this node has become a replica");
  if (source_) node_.effects().unsubscribe(*source_);
  const bool has_half_a_copy = primary_ && primary_->copying;
  Freshness freshness = primary_ ? primary_->freshness : Freshness();
  freshness.expect_another_clock();
  primary_ = Primary{.address = std::move(address),
                     .copying = has_half_a_copy,
                     .since_ms = node_.now().monotonic_ms,
                     .freshness = freshness};
  node_.store().set_follows(true);
  node_.tracking().invalidate_all();
  suspended_ = false;
  ++link_version_;
}

void Replication::suspend() {
  suspended_ = true;
  ++link_version_;
}

void Replication::promote() {
  if (!primary_) return;
  node_.log(LogLevel::notice, "follows {}:{} no more", primary_->address.host,
            primary_->address.port);
  if (primary_->copying) source_.reset();  // half a copy belongs to no history
  primary_.reset();
  node_.store().set_follows(false);
  node_.tracking().invalidate_all();
  suspended_ = false;
  ++link_version_;
  if (!source_) return;
  source_->begin_history(new_history_id(node_.store()));
  node_.effects().subscribe(*source_);
}

void Replication::continue_history(std::string_view id) { source_->rename_history(id); }

Source& Replication::start_history(std::string_view id, Offset offset) {
  source_ = std::make_unique<Source>(History{.id = std::string(id)}, offset,
                                     backlog_capacity(node_.settings().max_memory_bytes));
  return *source_;
}

// From 1 on: that it has 0 is what a replica says that holds but half a copy.
void Replication::begin_own_history() {
  start_history(new_history_id(node_.store()), 1);
  node_.effects().subscribe(*source_);
}

}  // namespace cachekit::node::replication
