#include "node/server/server.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <iterator>
#include <utility>

namespace cachekit::node {
namespace {

Server* server_of(const void* handle) {
  return static_cast<Server*>(static_cast<const uv_handle_t*>(handle)->data);
}

storage::UnixMillis read_wall_clock() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

template <typename Handle>
uv_handle_t* as_handle(Handle& handle) {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

}  // namespace

Server::Server(Node& node, uv_loop_t* loop)
    : node_(node), loop_(loop), input_(*this), turn_meter_(node) {
  if (node.settings().measure_turns) turn_meter_.start(loop);
  input_read_.data = this;
  uv_check_init(loop_, &input_read_);
  uv_check_start(&input_read_, [](uv_check_t* check) { server_of(check)->input_.execute(); });
  turn_ends_.data = this;
  uv_prepare_init(loop_, &turn_ends_);
  uv_prepare_start(&turn_ends_, [](uv_prepare_t* prepare) { server_of(prepare)->end_turn(); });
  next_turn_.data = this;
  uv_idle_init(loop_, &next_turn_);
  start_timer(maintenance_timer_, maintenance_interval_ms, [](uv_timer_t* timer) {
    server_of(timer)->wake_waiting();
    server_of(timer)->maintain_next_turn();
  });
  start_timer(sample_timer_, sample_interval_ms, [](uv_timer_t* timer) {
    Server& server = *server_of(timer);
    server.node_.set_now(server.now());
    server.node_.sample_rates();
  });
  start_timer(replication_timer_, replication_interval_ms,
              [](uv_timer_t* timer) { server_of(timer)->tend_replication(); });
  if (const failover::Mandate* const mandate = node.mandate()) {
    start_timer(mandate_timer_,
                static_cast<std::uint64_t>(mandate->lease_ms() / questions_per_lease),
                [](uv_timer_t* timer) { server_of(timer)->tend_mandate(); });
  }
  start_timer(check_timer_, check_interval_ms,
              [](uv_timer_t* timer) { server_of(timer)->check_times(); });
  stop_timer_.data = this;
  uv_timer_init(loop_, &stop_timer_);
  for (std::size_t i = 0; i < std::size(signals_); ++i) {
    signals_[i].data = this;
    uv_signal_init(loop_, &signals_[i]);
    uv_signal_start(
        &signals_[i],
        [](uv_signal_t* handle, int number) {
          server_of(handle)->stop(number == SIGTERM ? "SIGTERM" : "SIGINT");
        },
        signal_numbers[i]);
  }
}

Server::~Server() = default;

void Server::start_timer(uv_timer_t& timer, std::uint64_t interval_ms, uv_timer_cb callback) {
  timer.data = this;
  uv_timer_init(loop_, &timer);
  uv_timer_start(&timer, callback, interval_ms, interval_ms);
}

Now Server::now() {
  const auto loop_ms = static_cast<std::int64_t>(uv_now(loop_));
  if (loop_ms != now_.monotonic_ms) now_ = {read_wall_clock(), loop_ms};
  return now_;
}

tl::expected<void, std::string> Server::listen() {
  if (node_.settings().tcp) {
    if (auto listening = listen_on_tcp(); !listening) return listening;
    node_.set_listening_port(listeners_.front()->port());
  }
  if (node_.settings().unix_socket.empty()) return {};
  return listen_on_unix_socket();
}

tl::expected<void, std::string> Server::listen_on_tcp() {
  const Settings& settings = node_.settings();
  const bool by_default = settings.bind.empty();
  std::uint16_t port = settings.port;
  for (const std::string& host :
       by_default ? std::vector<std::string>{"127.0.0.1"} : settings.bind) {
    const auto listener = add_tcp_listener(host, port);
    if (!listener) return tl::unexpected(listener.error());
    port = (*listener)->port();  // if any port will do, it is the same on every address
  }
  if (!by_default) return {};
  if (const auto listener = add_tcp_listener("::1", port); !listener) {
    node_.log(LogLevel::verbose, "without IPv6: {}", listener.error());
  }
  return {};
}

tl::expected<Listener*, std::string> Server::add_tcp_listener(std::string_view host,
                                                              std::uint16_t port) {
  Listener& listener = *listeners_.emplace_back(std::make_unique<Listener>(*this, false));
  if (auto listening = listener.listen_on(host, port); !listening) {
    listener.close();
    return tl::unexpected(listening.error());
  }
  node_.log(LogLevel::notice, "listening on {}", listener.address());
  return &listener;
}

tl::expected<void, std::string> Server::listen_on_unix_socket() {
  Listener& listener = *listeners_.emplace_back(std::make_unique<Listener>(*this, true));
  const auto listening = listener.listen_on_path(node_.settings().unix_socket);
  if (listening) node_.log(LogLevel::notice, "listening on {}", listener.address());
  return listening;
}

std::string Server::address() const {
  return listeners_.empty() ? std::string() : listeners_.front()->address();
}

void Server::accept_from(Listener& listener, int status) {
  if (status != 0) return log_accept_failure(status);
  const ConnectionId id = node_.connections().next_id();
  auto& stream =
      *streams_.emplace(id, std::make_unique<ClientStream>(*this, id, listener.unix_socket()))
           .first->second;
  if (const int accepted = stream.accept(listener.stream()); accepted != 0) {
    log_accept_failure(accepted);
    return stream.close("");
  }
  if (node_.connections().size() >= node_.settings().max_clients) {
    ++node_.statistics().rejected_connections;
    return stream.turn_away("-ERR max number of clients reached\r\n");
  }
  stream.start();
}

// libuv itself sheds connections when there are no descriptors, so this does not spin; but it may
// happen thousands of times a second.
void Server::log_accept_failure(int status) {
  const std::int64_t at = now().monotonic_ms;
  constexpr std::int64_t pause_ms = 1000;
  if (accept_failure_logged_ms_ >= 0 && at - accept_failure_logged_ms_ < pause_ms) return;
  accept_failure_logged_ms_ = at;
  node_.log(LogLevel::warning, "cannot accept a connection: {}", uv_strerror(status));
}

void Server::deliver(const Message& message) {
  const auto found = streams_.find(message.to);
  if (found != streams_.end()) found->second->deliver(message);
}

void Server::forget(ConnectionId id) {
  streams_.erase(id);
  end_if_done();
}

void Server::wake_next_turn(ConnectionId id) {
  wake_next_turn_.push_back(id);
  run_next_turn();
}

void Server::run_next_turn() {
  if (ended_ || uv_is_active(as_handle(next_turn_))) return;
  uv_idle_start(&next_turn_, [](uv_idle_t* idle) {
    Server& server = *server_of(idle);
    uv_idle_stop(idle);
    for (const ConnectionId id : std::exchange(server.wake_next_turn_, {})) {
      const auto found = server.streams_.find(id);
      if (found != server.streams_.end()) found->second->wake();
    }
    if (std::exchange(server.primary_waits_, false) && server.primary_) server.primary_->read_on();
    if (std::exchange(server.maintenance_waits_, false)) server.maintain();
  });
}

void Server::tend_replication() {
  node_.set_now(now());
  node_.replication().beat();
  deliver_dismissals();
  if (primary_) primary_->tick();
  tend_primary();
}

// The connection to the primary is what the node's part in replication asks for, sooner or later.
void Server::tend_primary() {
  const replication::Replication& replication = node_.replication();
  const std::uint64_t version = replication.link_version();
  if (primary_) {
    if (primary_->link_version() != version) primary_->close("it belongs to the past");
    return;
  }
  if (!replication.primary() || replication.is_suspended() || stopping_) return;
  const std::int64_t at = now().monotonic_ms;
  const std::int64_t interval_ms =
      node_.mandate() != nullptr ? managed_redial_interval_ms : redial_interval_ms;
  if (dialled_version_ == version && at - primary_dialled_ms_ < interval_ms) return;
  dialled_version_ = version;
  primary_dialled_ms_ = at;
  primary_ = std::make_unique<PrimaryConnection>(*this);
  primary_->dial(replication.primary()->address);
}

void Server::forget_primary() {
  primary_.reset();
  end_if_done();
}

// A lease is worth more questions than an offset.
void Server::tend_mandate() {
  node_.set_now(now());
  if (node_.mandate()->role() == failover::NodeRole::primary) node_.replication().ask_replicas();
  if (leaving_since_ms_ != 0 && !stopping_ && !hands_over()) stop("it has been replaced");
  tend_primary();
}

void Server::probe_primary() {
  if (stopping_ || probe_ || !node_.suspicion().take_wanted()) return;
  if (!node_.replication().primary()) return conclude_probe(failover::ProbeOutcome::dead);
  probe_ = std::make_unique<PrimaryProbe>(*this);
  probe_->dial(node_.replication().primary()->address);
}

void Server::conclude_probe(failover::ProbeOutcome outcome) {
  node_.set_now(now());
  node_.suspicion().conclude(outcome);
  wake_waiting();
}

void Server::forget_probe() {
  probe_.reset();
  end_if_done();
}

// Whether a managed primary that wants to stop still waits for its successor.
bool Server::hands_over() {
  failover::Mandate* const mandate = node_.mandate();
  if (mandate == nullptr || mandate->role() != failover::NodeRole::primary) return false;
  if (mandate->lease(now().monotonic_ms) != failover::LeaseState::held) return false;
  if (leaving_since_ms_ == 0) {
    leaving_since_ms_ = now().monotonic_ms;
    mandate->leave();
  }
  return now().monotonic_ms - leaving_since_ms_ < hand_over_limit_ms;
}

void Server::read_on_from_primary() {
  primary_waits_ = true;
  run_next_turn();
}

// Those whose wait is not over say so again.
void Server::wake_waiting() {
  for (const ConnectionId id : node_.replication().take_waiting()) {
    const auto found = streams_.find(id);
    if (found != streams_.end()) found->second->wake();
  }
}

// What came of the turn's commands goes out before the next wait.
void Server::end_turn() {
  if (node_.mandate() != nullptr) {
    probe_primary();
    deliver_dismissals();
    tend_primary();
  }
  send_invalidations();
  feed_replicas();
}

void Server::send_invalidations() {
  node_.tracking().end_turn();
  for (const ConnectionId id : node_.tracking().take_told()) {
    const auto found = streams_.find(id);
    if (found != streams_.end()) found->second->send_told();
  }
}

void Server::deliver_dismissals() {
  for (const Message& message : node_.replication().take_dismissed()) deliver(message);
}

void Server::feed_replicas() {
  if (node_.replication().take_acknowledged()) wake_waiting();
  bool more = false;
  for (const ConnectionId id : node_.replication().hungry()) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) continue;
    found->second->wake();
    more = more || found->second->wants_to_send();
  }
  if (more) run_next_turn();
  node_.replication().end_turn();
}

void Server::maintain() {
  const Now at = now();
  node_.set_now(at);
  const std::uint64_t end = uv_hrtime() + maintenance_budget_ns;
  bool more = true;
  while (more && uv_hrtime() < end) {
    more = node_.store().maintain(at.unix_ms, maintenance_steps);
    more = node_.tracking().maintain() || more;
  }
  if (more) maintain_next_turn();
}

// Never more than once a turn, whoever asks.
void Server::maintain_next_turn() {
  maintenance_waits_ = true;
  run_next_turn();
}

void Server::check_times() {
  const Now at = now();
  for (const auto& [id, stream] : streams_) stream->check_time(at);
}

void Server::stop(std::string_view reason) {
  if (stopping_) return close_all_streams();
  const bool told_once = leaving_since_ms_ == 0;
  if (told_once && hands_over()) {
    return node_.log(LogLevel::notice, "{}: hands over before it stops", reason);
  }
  stopping_ = true;
  input_.execute();
  send_invalidations();
  feed_replicas();
  node_.log(LogLevel::notice, "stopping: {}", reason);
  for (const auto& listener : listeners_) listener->close();
  uv_timer_start(
      &stop_timer_, [](uv_timer_t* timer) { server_of(timer)->close_all_streams(); }, stop_limit_ms,
      0);
  for (const auto& [id, stream] : streams_) stream->finish();
  if (primary_) primary_->close("the node stops");
  if (probe_) probe_->conclude(failover::ProbeOutcome::silent);
  end_if_done();
}

void Server::close_all_streams() {
  for (const auto& [id, stream] : streams_) stream->close("the node stops");
}

void Server::end_if_done() {
  if (!stopping_ || !streams_.empty() || primary_ || probe_) return;
  if (std::exchange(ended_, true)) return;
  turn_meter_.close();
  uv_close(as_handle(input_read_), nullptr);
  uv_close(as_handle(turn_ends_), nullptr);
  uv_close(as_handle(next_turn_), nullptr);
  uv_close(as_handle(maintenance_timer_), nullptr);
  uv_close(as_handle(sample_timer_), nullptr);
  uv_close(as_handle(replication_timer_), nullptr);
  if (node_.mandate() != nullptr) uv_close(as_handle(mandate_timer_), nullptr);
  uv_close(as_handle(check_timer_), nullptr);
  uv_close(as_handle(stop_timer_), nullptr);
  for (uv_signal_t& handle : signals_) uv_close(as_handle(handle), nullptr);
}

}  // namespace cachekit::node
