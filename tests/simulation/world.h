// Virtual time: events in order, and actors, which are code that waits.
//
// Everything runs in one order, decided by the seed alone. An actor has a thread of its own, so
// that code which blocks can be simulated as it is; but only one thread runs at a time, the world's
// or that of one actor, and they hand over to each other.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace cachekit::simulation {

/// Microseconds since the beginning.
using Micros = std::int64_t;

constexpr Micros milliseconds(std::int64_t count) { return count * 1000; }
constexpr Micros seconds(std::int64_t count) { return count * 1'000'000; }

/// Thrown in an actor that waits, to end it there.
struct ActorEnded {};

class World {
 public:
  class Actor;

  explicit World(std::uint64_t seed) : random_(seed) {}
  ~World() { end_actors(); }

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Micros now() const { return now_; }

  void at(Micros time, std::function<void()> event);
  void after(Micros delay, std::function<void()> event) { at(now_ + delay, std::move(event)); }

  /// Until no event before that time is left.
  void run_until(Micros time);

  // A trace for people.

  void set_traced(bool traced) { traced_ = traced; }
  void tell(const std::string& what) const;

  // Chance.

  std::uint64_t random() { return random_(); }
  /// At least `least`, below `end`.
  Micros between(Micros least, Micros end);
  bool chance(double probability);

  // Actors. They live until end_actors().

  Actor& start_actor(std::function<void(Actor&)> body);

  /// From within an actor: the world goes on until that time, or until wake().
  void wait(Actor& actor, Micros until);
  void wake(Actor& actor);

  /// What the actor waits for ends by ActorEnded.
  void crash(Actor& actor);
  void end_actors();

 private:
  struct Event {
    Micros time;
    std::uint64_t order;
    std::function<void()> run;

    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  void resume(Actor& actor);

  Micros now_ = 0;
  bool traced_ = false;
  std::uint64_t next_order_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Actor>> actors_;
};

class World::Actor {
 public:
  /// Whether the actor has been told to end for good, and is not to begin again.
  bool ended() const { return ending_; }

 private:
  friend class World;

  std::mutex mutex_;
  std::condition_variable handed_over_;
  bool runs_ = false;  // the actor; otherwise the world
  bool finished_ = false;
  bool crashes_ = false;
  bool ending_ = false;
  std::uint64_t waits_ = 0;  // so that a wake-up for an earlier wait is known
  std::thread thread_;
};

}  // namespace cachekit::simulation
