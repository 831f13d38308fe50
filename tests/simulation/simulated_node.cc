#include "tests/simulation/simulated_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/command_writer.h"

namespace cachekit::simulation {
namespace {

using node::ConnectionId;
using node::failover::NodeRole;
using node::failover::ProbeOutcome;

constexpr std::uint16_t port = 7000;
constexpr std::int64_t unix_epoch_ms = 1'700'000'000'000;
constexpr std::int64_t monotonic_start_ms = 1'000'000;
constexpr Micros redial_interval = milliseconds(50);
constexpr Micros probe_limit = milliseconds(100);
constexpr Micros turn_length = 100;

std::string request_of(std::string_view word) {
  std::string request;
  protocol::append_command_header(request, 1);
  protocol::append_argument(request, word);
  return request;
}

}  // namespace

struct SimulatedNode::Client {
  std::shared_ptr<End> end;
  std::unique_ptr<node::Session> session;
};

struct SimulatedNode::LinkToPrimary {
  std::uint64_t number;
  std::uint64_t version;
  std::unique_ptr<node::replication::Link> link;
  std::shared_ptr<End> end = {};  // once connected
};

SimulatedNode::SimulatedNode(World& world, Network& network, Traits traits,
                             Acknowledged acknowledged)
    : world_(world), network_(network), traits_(traits), acknowledged_(std::move(acknowledged)) {}

SimulatedNode::~SimulatedNode() { kill(); }

std::string SimulatedNode::address_of(Host host) { return fmt::format("10.0.0.{}:{}", host, port); }

Host SimulatedNode::host_of(const std::string& address) {
  const std::size_t dot = address.rfind('.');
  return std::stoi(address.substr(dot + 1));
}

node::Now SimulatedNode::now() const {
  const auto elapsed_ms =
      static_cast<std::int64_t>(static_cast<double>(world_.now()) * traits_.clock_rate / 1000);
  return {unix_epoch_ms + elapsed_ms + wall_clock_ahead_ms_, monotonic_start_ms + elapsed_ms};
}

// The process may stand still just before it looks.
std::int64_t SimulatedNode::read_clock() {
  if (!world_.chance(pause_probability_)) return now().monotonic_ms;
  paused_until_ = std::max(paused_until_, world_.now() + pause_length_);
  world_.at(paused_until_, [this] { run_backlog(); });
  const auto passed_ms =
      static_cast<std::int64_t>(static_cast<double>(pause_length_) * traits_.clock_rate / 1000);
  return now().monotonic_ms + passed_ms;
}

void SimulatedNode::start() {
  ++life_;
  node::Settings settings;
  settings.port = port;
  settings.managed = true;
  settings.lease_ms = lease_ms;
  node::Identity identity;
  for (int i = 0; i < 5; ++i)
    identity.run_id += fmt::format("{:08x}", world_.random() & 0xffffffffU);
  identity.seed = world_.random();
  const auto log = [this](node::LogLevel, std::string_view line) {
    world_.tell(fmt::format("node {}: {}", traits_.host, line));
  };
  node_ =
      std::make_unique<node::Node>(settings, identity, log, now(), [this] { return read_clock(); });
  *node_->mandate() = node::failover::Mandate(identity.run_id, lease_ms, traits_.guards);
  network_.listen(traits_.host,
                  [this](std::shared_ptr<End> end) { when_running([this, end] { accept(end); }); });
  tick_mandate(life_);
  tick_replication(life_);
  tick_waiting(life_);
}

void SimulatedNode::kill() {
  if (!node_) return;
  ++life_;
  network_.stop_listening(traits_.host);
  backlog_.clear();
  paused_until_ = 0;
  for (const auto& [id, client] : clients_) client->end->close();
  clients_.clear();
  if (link_ && link_->end) link_->end->close();
  link_.reset();
  if (probe_) probe_->close();
  probe_.reset();
  node_.reset();
}

void SimulatedNode::pause(Micros length) {
  paused_until_ = std::max(paused_until_, world_.now() + length);
  world_.at(paused_until_, [this] { run_backlog(); });
}

void SimulatedNode::set_pause_while_answering(double probability, Micros length) {
  pause_probability_ = probability;
  pause_length_ = length;
}

// A process that stands still finds later what has come meanwhile.
void SimulatedNode::when_running(std::function<void()> what) {
  backlog_.push_back([this, what = std::move(what), life = life_] {
    if (life == life_ && node_) what();
  });
  run_backlog();
}

void SimulatedNode::run_backlog() {
  if (std::exchange(in_backlog_, true)) return;
  while (!backlog_.empty() && !is_paused()) {
    const auto what = std::move(backlog_.front());
    backlog_.pop_front();
    what();
  }
  in_backlog_ = false;
}

void SimulatedNode::accept(std::shared_ptr<End> end) {
  const ConnectionId id = node_->connections().next_id();
  auto client = std::make_unique<Client>();
  client->end = end;
  node::Endpoints endpoints;
  endpoints.peer = fmt::format("10.0.0.{}:50000", end->peer_host());
  endpoints.local = address_of(traits_.host);
  client->session = std::make_unique<node::Session>(*node_, id, endpoints, now());
  end->on_bytes = [this, id](const std::string& bytes) {
    when_running([this, id, bytes] { receive(id, bytes); });
  };
  end->on_close = [this, id] { when_running([this, id] { forget(id); }); };
  clients_.emplace(id, std::move(client));
}

void SimulatedNode::receive(ConnectionId id, const std::string& bytes) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  node::CommandBatch batch;
  found->second->session->read(bytes, now(), batch);
  node::Actions actions;
  found->second->session->execute(actions);
  perform(id, std::move(actions));
  end_turn();
}

void SimulatedNode::wake(ConnectionId id) {
  const auto found = clients_.find(id);
  if (found != clients_.end()) perform(id, found->second->session->on_wake(now()));
}

void SimulatedNode::perform(ConnectionId id, node::Actions actions) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  const std::size_t size = actions.send.size_bytes();
  found->second->session->on_written(size);
  const node::Actions::Wait wait = actions.wait;
  const bool closes = actions.close.has_value();
  // The process may stand still between executing and answering.
  when_running([this, id, shared = std::make_shared<node::Actions>(std::move(actions))] {
    answer(id, *shared);
  });
  if (!closes && wait != node::Actions::Wait::input) when_running([this, id] { wake(id); });
}

void SimulatedNode::answer(ConnectionId id, node::Actions& actions) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  found->second->session->confirm(actions);
  std::string bytes;
  for (const protocol::Segment& segment : actions.send.list()) bytes += segment.bytes();
  note_acknowledgement(*found->second, bytes);
  found->second->end->send(bytes);
  if (actions.close) forget(id);
}

// Orders are answered by OK as well; what counts are writes, which come from clients alone.
void SimulatedNode::note_acknowledgement(const Client& client, const std::string& bytes) {
  if (client.end->peer_host() < traits_.first_client) return;
  if (bytes.find("+OK\r\n") == std::string::npos) return;
  acknowledged_(traits_.host, node_->mandate()->epoch());
}

void SimulatedNode::forget(ConnectionId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  found->second->end->close();
  clients_.erase(found);
}

void SimulatedNode::end_turn() {
  probe_primary();
  for (const node::Message& message : node_->replication().take_dismissed()) {
    const auto found = clients_.find(message.to);
    if (found != clients_.end()) {
      perform(message.to, found->second->session->on_message(message, now()));
    }
  }
  tend_link();
  if (node_->replication().take_acknowledged()) {
    for (const ConnectionId id : node_->replication().take_waiting()) wake(id);
  }
  bool more = false;
  for (const ConnectionId id : node_->replication().hungry()) {
    wake(id);
    const auto found = clients_.find(id);
    more = more || (found != clients_.end() && found->second->session->has_more_for_replica());
  }
  node_->replication().end_turn();
  if (more) {
    world_.after(turn_length, [this, life = life_] {
      if (life == life_) when_running([this] { end_turn(); });
    });
  }
}

void SimulatedNode::close_link() {
  if (link_ && link_->end) link_->end->close();
  link_.reset();
}

void SimulatedNode::tend_link() {
  const node::replication::Replication& replication = node_->replication();
  const std::uint64_t version = replication.link_version();
  if (link_ && link_->version != version) close_link();
  if (link_ || !replication.primary() || replication.is_suspended()) return;
  if (dialled_version_ == version && world_.now() - dialled_at_ < redial_interval) return;
  dialled_version_ = version;
  dialled_at_ = world_.now();
  dial();
}

// Whatever comes for a link that is over is dropped.
void SimulatedNode::on_link(std::uint64_t number, std::function<void(LinkToPrimary&)> what) {
  when_running([this, number, what = std::move(what)] {
    if (link_ && link_->number == number) what(*link_);
  });
}

void SimulatedNode::dial() {
  link_ = std::make_unique<LinkToPrimary>(
      LinkToPrimary{++link_number_, node_->replication().link_version(),
                    std::make_unique<node::replication::Link>(*node_)});
  const auto hang_up = [this, number = link_number_] {
    on_link(number, [this](LinkToPrimary&) { close_link(); });
  };
  const auto connected = [this, number = link_number_, hang_up](std::shared_ptr<End> end) {
    if (!link_ || link_->number != number) return end ? end->close() : void();
    if (!end) return hang_up();
    link_->end = end;
    end->on_close = hang_up;
    end->on_bytes = [this, number](const std::string& bytes) {
      on_link(number, [this, bytes](LinkToPrimary& link) { receive_from_primary(link, bytes); });
    };
    on_link(number, [this](LinkToPrimary& link) {
      node_->set_now(now());
      link.end->send(link.link->on_connected());
    });
  };
  network_.connect(traits_.host, host_of(node_->replication().primary()->address.host), connected);
}

void SimulatedNode::tick_link() {
  if (!link_) return;
  const auto answer = link_->link->on_tick();
  if (!answer) return close_link();
  if (link_->end && link_->version == node_->replication().link_version())
    link_->end->send(*answer);
}

void SimulatedNode::receive_from_primary(LinkToPrimary& link, const std::string& bytes) {
  if (link.version != node_->replication().link_version()) return;
  node_->set_now(now());
  const auto answer = link.link->on_bytes(bytes);
  if (!answer) return close_link();
  link.end->send(*answer);
}

void SimulatedNode::probe_primary() {
  if (probe_ || !node_->suspicion().take_wanted()) return;
  if (!node_->replication().primary()) return conclude_probe(ProbeOutcome::dead);
  const std::uint64_t number = ++probe_number_;
  const std::uint64_t probing_life = life_;
  const std::uint64_t version = node_->replication().link_version();
  const auto is_over = [this, number, probing_life] {
    return probing_life != life_ || number != probe_number_;
  };
  const auto conclude = [this, is_over, version](ProbeOutcome outcome) {
    when_running([this, is_over, version, outcome] {
      if (is_over()) return;
      const bool is_past = version != node_->replication().link_version();
      conclude_probe(is_past ? ProbeOutcome::silent : outcome);
    });
  };
  world_.after(probe_limit, [is_over, conclude] {
    if (!is_over()) conclude(ProbeOutcome::silent);
  });
  const Host host = host_of(node_->replication().primary()->address.host);
  network_.connect(traits_.host, host, [this, is_over, conclude](std::shared_ptr<End> end) {
    if (is_over()) return;
    if (!end) return conclude(ProbeOutcome::dead);
    probe_ = end;
    end->on_close = [conclude] { conclude(ProbeOutcome::silent); };
    end->on_bytes = [this, conclude](const std::string& line) {
      if (!line.starts_with('+')) return conclude(ProbeOutcome::silent);
      conclude(node::failover::outcome_of(std::string_view(line).substr(1, line.find('\r') - 1),
                                          node_->mandate()->epoch()));
    };
    end->send(request_of("CACHEKIT.MANDATE"));
  });
}

void SimulatedNode::conclude_probe(ProbeOutcome outcome) {
  ++probe_number_;
  if (probe_) probe_->close();
  probe_.reset();
  node_->set_now(now());
  node_->suspicion().conclude(outcome);
  for (const ConnectionId id : node_->replication().take_waiting()) wake(id);
}

void SimulatedNode::tick_mandate(std::uint64_t life) {
  if (life != life_) return;
  when_running([this] {
    node_->set_now(now());
    if (node_->mandate()->role() == NodeRole::primary) node_->replication().ask_replicas();
    end_turn();
  });
  world_.after(milliseconds(lease_ms / 8), [this, life] { tick_mandate(life); });
}

void SimulatedNode::tick_replication(std::uint64_t life) {
  if (life != life_) return;
  when_running([this] {
    node_->set_now(now());
    node_->replication().beat();
    tick_link();
    end_turn();
  });
  world_.after(milliseconds(100), [this, life] { tick_replication(life); });
}

void SimulatedNode::tick_waiting(std::uint64_t life) {
  if (life != life_) return;
  when_running([this] {
    for (const ConnectionId id : node_->replication().take_waiting()) wake(id);
  });
  world_.after(milliseconds(10), [this, life] { tick_waiting(life); });
}

}  // namespace cachekit::simulation
