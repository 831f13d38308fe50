#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cachekit::simulation {

void World::at(Micros time, std::function<void()> event) {
  events_.push({std::max(time, now_), next_order_++, std::move(event)});
}

void World::run_until(Micros time) {
  while (!events_.empty() && events_.top().time <= time) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    event.run();
  }
  now_ = time;
}

void World::tell(const std::string& what) const {
  if (traced_) fmt::print("{:>10} {}\n", now_, what);
}

Micros World::between(Micros least, Micros end) {
  return least + static_cast<Micros>(random_() % static_cast<std::uint64_t>(end - least));
}

bool World::chance(double probability) {
  constexpr double range = 1U << 30;
  return static_cast<double>(random_() % (1U << 30)) < probability * range;
}

World::Actor& World::start_actor(std::function<void(Actor&)> body) {
  Actor& actor = *actors_.emplace_back(std::make_unique<Actor>());
  actor.thread_ = std::thread([&actor, body = std::move(body)] {
    {
      std::unique_lock lock(actor.mutex_);
      actor.handed_over_.wait(lock, [&] { return actor.runs_; });
    }
    try {
      if (!actor.ending_) body(actor);
    } catch (const ActorEnded&) {
    }
    const std::lock_guard lock(actor.mutex_);
    actor.finished_ = true;
    actor.runs_ = false;
    actor.handed_over_.notify_all();
  });
  after(0, [this, &actor] { resume(actor); });
  return actor;
}

// The world's side: the actor runs until it waits or ends.
void World::resume(Actor& actor) {
  std::unique_lock lock(actor.mutex_);
  if (actor.finished_) return;
  actor.runs_ = true;
  actor.handed_over_.notify_all();
  actor.handed_over_.wait(lock, [&] { return !actor.runs_; });
}

void World::wait(Actor& actor, Micros until) {
  const std::uint64_t number = ++actor.waits_;
  at(until, [this, &actor, number] {
    if (actor.waits_ == number) resume(actor);
  });
  {
    std::unique_lock lock(actor.mutex_);
    actor.runs_ = false;
    actor.handed_over_.notify_all();
    actor.handed_over_.wait(lock, [&] { return actor.runs_; });
  }
  ++actor.waits_;
  if (actor.ending_ || std::exchange(actor.crashes_, false)) throw ActorEnded();
}

void World::wake(Actor& actor) {
  after(0, [this, &actor, number = actor.waits_] {
    if (actor.waits_ == number) resume(actor);
  });
}

void World::crash(Actor& actor) {
  actor.crashes_ = true;
  wake(actor);
}

void World::end_actors() {
  for (const auto& actor : actors_) {
    actor->ending_ = true;
    while (!actor->finished_) resume(*actor);
    actor->thread_.join();
  }
  actors_.clear();
}

}  // namespace cachekit::simulation
