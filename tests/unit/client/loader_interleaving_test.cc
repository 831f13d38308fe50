// Many processes fill one key while others change the source: in every order of steps that chance
// brings about, no older value stays in the cache. The processes are the real state machine; the
// server and the source are models, and time is virtual.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "client/loading/fill.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"
#include "tests/unit/client/model_server.h"

namespace cachekit::loading {
namespace {

using namespace std::chrono_literals;
using Action = Fill::Action;

struct Chances {
  double writer = 0;   ///< Of a step being a writer's.
  double death = 0;    ///< Of a process that is to step dying instead.
  double stall = 0;    ///< Of it standing still for longer than a lease.
  double expiry = 0;   ///< Of time passing until whatever is there is stale, or gone.
  double refusal = 0;  ///< Of an answer that is lost, or a request that does not arrive.
};

struct Found {
  int loads = 0;
  bool old_value = false;
};

/// Processes that fill the key "k" of which the source's value is a number that grows.
class World {
 public:
  World(const LoaderOptions& options, const Chances& chances, FillGuards guards, std::uint64_t seed)
      : options_(options), chances_(chances), guards_(guards), random_(seed) {}

  Found run(int processes, int steps) {
    for (int i = 0; i < processes; ++i) processes_.push_back(fresh_process());
    for (int i = 0; i < steps && !found_.old_value; ++i) {
      step();
      server_.at(now_);
      if (!writing_) found_.old_value = holds_old_value();
    }
    return found_;
  }

  /// How many of the processes have ended by themselves.
  std::ptrdiff_t ended() const {
    return std::ranges::count_if(processes_, [](const Process& one) { return is_over(*one.fill); });
  }

 private:
  struct Process {
    std::unique_ptr<Fill> fill;
    std::optional<std::string> loaded;  // what the source said, on its way back
    Time wakes{0};
  };

  static bool is_over(const Fill& fill) { return fill.action().kind == Action::Kind::end; }

  bool chance(double share) {
    return std::uniform_real_distribution<double>(0, 1)(random_) < share;
  }

  /// A process that has read the key, and found that it is to be filled or refreshed.
  Process fresh_process() {
    const OptionalString bytes = server_.get("k");
    const Entry entry = bytes ? read_entry(*bytes) : Entry();
    Verdict verdict = judge(entry, options_, now_, 1);
    if (verdict == Verdict::serve) verdict = Verdict::refresh_early;
    return {.fill = std::make_unique<Fill>(options_, "token" + std::to_string(++tokens_), random_(),
                                           Fill::Start{.bytes = bytes, .verdict = verdict}, now_,
                                           guards_),
            .loaded = std::nullopt};
  }

  void step() {
    now_ += Milliseconds(random_() % 4);
    server_.at(now_);
    if (chance(chances_.expiry)) {
      now_ += options_.ttl + Milliseconds(random_() % 40);
      server_.at(now_);
    }
    if (chance(chances_.writer)) return write();
    Process& process = processes_[random_() % processes_.size()];
    if (process.wakes > now_) return;
    if (chance(chances_.stall)) {
      process.wakes = now_ + 2 * options_.lease;
    } else if (is_over(*process.fill) ? is_open_ended() : chance(chances_.death)) {
      process = fresh_process();
    } else {
      act(process);
    }
  }

  bool is_open_ended() const { return chances_.writer > 0; }

  /// Writers take turns, each in two steps: the source, then the cache.
  void write() {
    if (!writing_) {
      ++source_;
      writing_ = true;
      return;
    }
    if (chance(0.5)) {
      server_.del("k");
    } else {
      server_.set("k", std::to_string(source_), options_.ttl);
    }
    writing_ = false;
  }

  void act(Process& process) {
    Fill& fill = *process.fill;
    const Action action = fill.action();
    if (action.kind == Action::Kind::load) return load(process);
    if (action.kind == Action::Kind::pause) {
      process.wakes = now_ + action.time;
      return fill.paused();
    }
    if (action.kind == Action::Kind::get) return fill.looked(server_.get("k"), now_);
    const bool arrives = !chance(chances_.refusal);
    const bool is_lost = chance(chances_.refusal);
    const bool done = arrives && change(action);
    if (arrives && !is_lost) return fill.answered(done);
    fill.answered(tl::unexpected(Status(Code::outcome_unknown, "lost")));
  }

  bool change(const Action& action) {
    const std::string key = action.on_refresh_key ? refresh_key_of("k") : "k";
    switch (action.kind) {
      case Action::Kind::set_new:
        return server_.set_new(key, action.value, action.time);
      case Action::Kind::set_if_equal:
        return server_.set_if_equal(key, action.expected, action.value, action.time);
      case Action::Kind::set:
        return server_.set(key, action.value, action.time);
      default:
        return server_.del_if_equal(key, action.expected);
    }
  }

  /// In two steps: the source answers, and the answer arrives.
  void load(Process& process) {
    if (!process.loaded) {
      ++found_.loads;
      process.loaded = std::to_string(source_);
      return;
    }
    const OptionalString value = std::exchange(process.loaded, std::nullopt);
    if (chance(chances_.refusal)) {
      return process.fill->loaded(tl::unexpected(Status(Code::source_failed, "no")), 5ms, now_);
    }
    process.fill->loaded(value, 5ms, now_);
  }

  bool holds_old_value() const {
    const OptionalString bytes = server_.get("k");
    if (!bytes) return false;
    const Entry entry = read_entry(*bytes);
    const bool is_value = entry.kind == Kind::value || entry.kind == Kind::raw;
    return is_value && entry.body != std::to_string(source_);
  }

  const LoaderOptions& options_;
  const Chances chances_;
  const FillGuards guards_;
  std::mt19937_64 random_;
  ModelServer server_;
  std::vector<Process> processes_;
  Time now_ = 1'700'000'000'000ms;
  int source_ = 1;
  int tokens_ = 0;
  bool writing_ = false;
  Found found_;
};

const LoaderOptions options{
    .ttl = 200ms, .lease = 60ms, .stale_while_revalidate = 50ms, .stale_if_error = 100ms};
constexpr Chances everything{
    .writer = 0.1, .death = 0.02, .stall = 0.02, .expiry = 0.01, .refusal = 0.05};

/// Of so many worlds, how many end with an older value in the cache.
int worlds_with_old_values(FillGuards guards, std::uint64_t first_seed, int worlds) {
  int bad = 0;
  for (int i = 0; i < worlds; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    if (World(options, everything, guards, seed).run(4, 400).old_value) ++bad;
  }
  return bad;
}

constexpr int worlds_in_short = test::sanitized ? 600 : 3000;
constexpr int calm_worlds = test::sanitized ? 100 : 500;

int world_count() {
  return std::getenv("CACHEKIT_TEST_LONG") == nullptr ? worlds_in_short : 300'000;
}

TEST_CASE("no order of loads, writes, deaths and standstills leaves an older value") {
  CHECK(worlds_with_old_values({}, test::seed(), world_count()) == 0);
}

TEST_CASE("the same orders leave older values where what was found is not compared") {
  CHECK(worlds_with_old_values({.compares = false}, test::seed(), 300) > 0);
}

// Each step is a random process's, so one may have none for as long as chance will have it: nothing
// may run out meanwhile.
TEST_CASE("while nobody dies or stands still, all processes end after one load") {
  const LoaderOptions patient{.ttl = std::chrono::hours(1), .lease = std::chrono::minutes(1)};
  for (int world = 0; world < calm_worlds; ++world) {
    World calm(patient, {}, {}, test::seed() + static_cast<std::uint64_t>(world));
    const Found found = calm.run(5, 1500);
    CHECK(found.loads == 1);
    CHECK(calm.ended() == 5);
  }
}

}  // namespace
}  // namespace cachekit::loading
