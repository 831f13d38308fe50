#include "tests/simulation/network.h"

#include <algorithm>
#include <tuple>

namespace cachekit::simulation {
namespace {

constexpr Micros least_latency = 50;
constexpr Micros most_latency = 2000;

}  // namespace

void Network::listen(Host host, Accept accept) { listeners_[host] = std::move(accept); }

// What arrives while the two are cut off waits until they are not.
void Network::transfer(Host from, Host to, Micros time, std::function<void()> arrival) {
  world_.at(time, [this, from, to, arrival = std::move(arrival)] {
    if (is_cut(from, to)) {
      held_back_.emplace_back(std::minmax(from, to), arrival);
    } else {
      arrival();
    }
  });
}

void Network::heal_all() {
  cuts_.clear();
  // In the order in which they came, and before what is sent from now on.
  for (auto& [hosts, arrival] : std::exchange(held_back_, {})) {
    world_.after(0, std::move(arrival));
  }
}

void Network::connect(Host from, Host to, std::function<void(std::shared_ptr<End>)> done) {
  const Micros latency = world_.between(least_latency, most_latency);
  transfer(from, to, world_.now() + latency, [this, from, to, latency, done = std::move(done)] {
    const auto listener = listeners_.find(to);
    if (listener == listeners_.end()) {
      transfer(to, from, world_.now() + latency, [done] { done(nullptr); });
      return;
    }
    const auto near = std::make_shared<End>();
    const auto far = std::make_shared<End>();
    for (const auto& [end, peer, host, peer_host] :
         {std::tuple(near, far, from, to), std::tuple(far, near, to, from)}) {
      end->network_ = this;
      end->host_ = host;
      end->peer_host_ = peer_host;
      end->peer_ = peer;
    }
    listener->second(far);
    transfer(to, from, world_.now() + latency, [near, done] { done(near); });
  });
}

void Network::deliver(const std::shared_ptr<End>& to, Host from, Micros earliest,
                      std::function<void(End&)> what) {
  transfer(from, to->host_, earliest, [to, what = std::move(what)] {
    if (to->open_) what(*to);
  });
}

void End::send(std::string bytes) {
  const auto peer = peer_.lock();
  if (!open_ || !peer || bytes.empty()) return;
  World& world = network_->world_;
  delivered_until_ =
      std::max(delivered_until_ + 1, world.now() + world.between(least_latency, most_latency));
  network_->deliver(peer, host_, delivered_until_, [bytes = std::move(bytes)](End& end) {
    if (end.on_bytes) end.on_bytes(bytes);
  });
}

void End::close() {
  if (!std::exchange(open_, false)) return;
  const auto peer = peer_.lock();
  if (!peer) return;
  World& world = network_->world_;
  delivered_until_ = std::max(delivered_until_ + 1, world.now() + least_latency);
  network_->deliver(peer, host_, delivered_until_, [](End& end) {
    end.open_ = false;
    if (end.on_close) end.on_close();
  });
}

}  // namespace cachekit::simulation
