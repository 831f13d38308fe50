#include "cachekit/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "client/agent/caretaker.h"
#include "client/api/connect.h"
#include "client/io/socket_engine.h"
#include "client/topology/open_store.h"
#include "client/topology/url.h"

namespace cachekit {
namespace {

using agent::Caretaker;

/// Between rounds of which the first has done something.
constexpr auto busy_pause = std::chrono::milliseconds(5);

/// More than stewards take to finish what was begun and not finished.
constexpr auto healing_time = std::chrono::milliseconds(1500);

agent::Patience patience_of(const AgentOptions& options) {
  return {.suspect_after = options.suspect_after, .give_up_after = options.give_up_after};
}

/// Store, engine and rounds, put together.
struct Office {
  std::unique_ptr<topology::Store> store;
  std::unique_ptr<io::SocketEngine> engine;
  std::unique_ptr<Caretaker> caretaker;

  static Result<Office> open(std::string_view text, const AgentOptions& options) {
    const Result<topology::ClusterUrl> url = topology::parse_url(text);
    if (!url) return tl::unexpected(url.error());
    Office office;
    office.store = topology::open_store(*url);
    if (!office.store) {
      return tl::unexpected(Status(Code::invalid_argument,
                                   "an agent needs a topology that it can change, such as "
                                   "file:///path or etcd://host:2379/name"));
    }
    auto settings = api::connection_settings(*url, options.client);
    if (!settings) return tl::unexpected(settings.error());
    if (const auto readable = office.store->read(); !readable) {
      return tl::unexpected(readable.error());
    }
    settings->connect_timeout = Caretaker::report_timeout;
    office.engine = std::make_unique<io::SocketEngine>(*std::move(settings), options.client.log);
    office.caretaker = std::make_unique<Caretaker>(*office.store, *office.engine,
                                                   patience_of(options), options.client.log);
    return office;
  }
};

}  // namespace

struct Agent::State {
  Office office;
  std::chrono::milliseconds interval;
  std::atomic<bool> stopping{false};
  std::thread thread;

  State(Office opened, std::chrono::milliseconds pause)
      : office(std::move(opened)), interval(pause), thread([this] { run(); }) {}

  ~State() {
    stopping = true;
    office.store->interrupt();
    thread.join();
  }

  void run() {
    while (!stopping) {
      const bool busy = office.caretaker->run_round();
      const io::Time now = office.engine->now();
      if (busy) {
        office.engine->sleep_until(now + busy_pause);
      } else {
        office.store->wait_for_change(now + interval);
      }
    }
  }
};

Result<Agent> Agent::start(std::string_view url, AgentOptions options) {
  Result<Office> office = Office::open(url, options);
  if (!office) return tl::unexpected(std::move(office.error()));
  return Agent(std::make_unique<State>(*std::move(office), options.interval));
}

Agent::Agent(std::unique_ptr<State> state) : state_(std::move(state)) {}
Agent::Agent(Agent&&) noexcept = default;
Agent& Agent::operator=(Agent&&) noexcept = default;
Agent::~Agent() = default;

AgentCounters Agent::counters() const { return state_->office.caretaker->counters(); }

Status hand_over(std::string_view url, std::string_view shard_name, std::string_view successor,
                 std::chrono::milliseconds limit, AgentOptions options) {
  Result<Office> office = Office::open(url, options);
  if (!office) return std::move(office.error());
  const Result<Topology> before = office->store->read();
  if (!before) return before.error();
  const auto find = [&](const Topology& topology) {
    return std::ranges::find(topology.shards, shard_name, &Shard::name);
  };
  const auto shard = find(*before);
  if (shard == before->shards.end()) {
    return {Code::invalid_argument, fmt::format("the topology has no shard '{}'", shard_name)};
  }
  if (!successor.empty() &&
      std::ranges::find(shard->replicas, successor) == shard->replicas.end()) {
    return {Code::invalid_argument,
            fmt::format("'{}' is no replica of shard '{}'", successor, shard_name)};
  }
  // There is no topology before a round could read the store.
  const auto is_replaced = [&] {
    const std::optional<Topology>& now = office->caretaker->topology();
    if (!now) return false;
    const auto present = find(*now);
    return present != now->shards.end() && present->primary != shard->primary;
  };
  office->caretaker->request(shard_name, {shard->primary, std::string(successor)});
  for (const io::Time end = office->engine->now() + limit; office->engine->now() < end;) {
    office->caretaker->run_round();
    if (is_replaced()) {
      office->caretaker->run_round();  // which orders what has been agreed on
      return {};
    }
    office->engine->sleep_until(office->engine->now() + busy_pause);
  }
  // A primary that has been told to write no more is set free again.
  office->caretaker->cancel_requests();
  for (const io::Time end = office->engine->now() + healing_time; office->engine->now() < end;) {
    office->caretaker->run_round();
    office->engine->sleep_until(office->engine->now() + busy_pause);
  }
  return {Code::unavailable, fmt::format("no replica of shard '{}' has taken over within {} ms",
                                         shard_name, limit.count())};
}

}  // namespace cachekit
