// No pauses: every turn of a node's loop stays within a bound while it does what takes long in all.
//
// The bound is on the CPU time of the loop's thread, which other processes do not disturb. Still, a
// virtual machine may stand still in the middle of a turn, and charge the turn with it; what the
// core's watch saw of that is not the turn's. It does not see all (a core may be slow, too, while
// its sibling works), so a phase that exceeds the bound is repeated, since what the node itself
// does wrong it does every time. The long form (CACHEKIT_TEST_LONG) takes the sizes of the goal,
// and bounds what a probing client sees as well.

#include <cachekit/latency_histogram.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/latency/core_watch.h"
#include "tests/latency/cores.h"
#include "tests/latency/measured_node.h"
#include "tests/latency/probe.h"
#include "tests/latency/steady_load.h"

namespace cachekit::test {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds longest_turn{2000};
constexpr double most_probe_latency_over_idle = 2;
constexpr int attempts = 3;

// Few enough that a turn is short, as it is with clients that send what they have.
constexpr std::size_t batch_size = 32;
constexpr std::size_t value_bytes = 500;
constexpr std::size_t most_growth_by_a_copy = std::size_t{64} << 20;
constexpr std::size_t big_value_bytes = std::size_t{64} << 20;

bool is_long_form() { return std::getenv("CACHEKIT_TEST_LONG") != nullptr; }

struct Sizes {
  std::size_t growing = 300'000;
  std::size_t expiring = 200'000;
  std::size_t elements = 100'000;
  std::size_t copied = 200'000;  // to a replica
  std::string limit = "32mb";
  std::size_t evicting = 200'000;
  milliseconds idle{300};  // probed before, and measured after, for what goes on in steps
};

Sizes sizes() {
  if (!is_long_form()) return {};
  return {.growing = 10'000'000,
          .expiring = 5'000'000,
          .elements = 1'000'000,
          .copied = 1'850'000,
          .limit = "1gb",
          .evicting = 5'000'000,
          .idle = milliseconds(10'000)};
}

using CommandOf = std::function<MeasuredNode::Words(std::size_t)>;

// Commands 0 to count - 1, in batches; all must be answered alike.
void send_all(MeasuredNode& node, std::size_t count, const CommandOf& command,
              std::string_view reply) {
  std::string batch;
  std::size_t batched = 0;
  for (std::size_t i = 0; i < count; ++i) {
    batch += encode_command(command(i));
    if (++batched < batch_size && i + 1 < count) continue;
    node.send_batch(batch, batched, reply);
    batch.clear();
    batched = 0;
  }
}

void set_all(MeasuredNode& node, std::size_t count, std::size_t value_bytes) {
  const std::string value(value_bytes, 'v');
  send_all(
      node, count, [&](std::size_t i) { return MeasuredNode::Words{"SET", key_of(i), value}; },
      "+OK\r\n");
}

// Looks again and again until it is so.
void wait_until(const std::function<bool()>& is_so, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!is_so()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(milliseconds(10));
  }
}

struct Phase {
  std::string name;
  MeasuredNode::Words flags = {};
  std::function<void(MeasuredNode&)> prepare = [](MeasuredNode&) {};
  std::function<void(MeasuredNode&)> perform;
  std::size_t loaded_keys = 0;  // other clients use them, idle or not
  std::size_t most_growth_bytes = std::numeric_limits<std::size_t>::max();
};

struct Outcome {
  Turns turns;
  std::size_t growth_bytes = 0;
  microseconds longest{0};
  microseconds stood_still{0};
  FineLatencyHistogram idle;
  FineLatencyHistogram busy;
};

// The CPU time that the node itself took for a turn. A turn that is not listed took no more than
// the last that is.
microseconds longest_of(const Turns& turns, const std::vector<Interval>& standstills) {
  microseconds longest{0};
  for (const Turn& turn : turns.slowest) {
    const auto disturbed = duration_cast<microseconds>(common_time(turn.busy, standstills));
    longest = std::max(longest, turn.cpu - disturbed);
  }
  const bool has_more = turns.count > turns.slowest.size();
  return has_more ? std::max(longest, turns.slowest.back().cpu) : longest;
}

struct Probed {
  FineLatencyHistogram latency;       // of the questions during which no core stood still
  std::vector<Interval> standstills;  // of the node's core
};

Probed probe_while(MeasuredNode& node, const std::function<void()>& work) {
  CoreWatch node_watch(node_core);
  CoreWatch client_watch(client_core);
  Probe probe(node.endpoint());
  work();
  const std::vector<Interval>& questions = probe.stop();
  Probed probed{.latency = {}, .standstills = node_watch.stop()};
  for (const Interval& question : questions) {
    if (common_time(question, probed.standstills) + common_time(question, client_watch.stop()) ==
        WatchClock::duration::zero()) {
      probed.latency.record(question.ended - question.began);
    }
  }
  return probed;
}

Outcome run(const Phase& phase) {
  leave_a_core_to_the_node();
  MeasuredNode node(phase.flags);
  Outcome outcome;
  phase.prepare(node);
  std::optional<SteadyLoad> load;
  if (phase.loaded_keys > 0) load.emplace(node.endpoint(), phase.loaded_keys, value_bytes);
  const auto idle = [] { std::this_thread::sleep_for(sizes().idle); };
  outcome.idle = probe_while(node, idle).latency;
  const Probed busy = probe_while(node, [&] {
    node.begin_measuring();
    phase.perform(node);
    idle();
    outcome.turns = node.turns();
    outcome.growth_bytes = node.growth_bytes();
  });
  if (load) CHECK(load->stop() == "");
  outcome.busy = busy.latency;
  outcome.longest = longest_of(outcome.turns, busy.standstills);
  for (const Interval& one : busy.standstills) {
    outcome.stood_still += duration_cast<microseconds>(one.ended - one.began);
  }
  node.stop();
  return outcome;
}

double microseconds_at(const FineLatencyHistogram& latency, double percent) {
  return std::chrono::duration<double, std::micro>(latency.quantile(percent / 100)).count();
}

void print(const std::string& name, const Outcome& outcome) {
  fmt::print(
      "{}: {} turns, {} over 1 ms, longest {} us CPU ({} with standstills, {} us in all), {} us "
      "wall, {} involuntary switches; probe p99 {:.0f} us, idle {:.0f} us, p99.9 {:.0f} us, idle "
      "{:.0f} us, longest {:.0f} us; {} KB more at most\n",
      name, outcome.turns.count, outcome.turns.over_a_millisecond, outcome.longest.count(),
      outcome.turns.slowest.front().cpu.count(), outcome.stood_still.count(),
      outcome.turns.wall_max_us, outcome.turns.involuntary_switches,
      microseconds_at(outcome.busy, 99), microseconds_at(outcome.idle, 99),
      microseconds_at(outcome.busy, 99.9), microseconds_at(outcome.idle, 99.9),
      microseconds_at(outcome.busy, 100), outcome.growth_bytes >> 10);
  std::fflush(stdout);
}

bool within_bounds(const Phase& phase, const Outcome& outcome) {
  if (outcome.longest > longest_turn) return false;
  if (outcome.growth_bytes > phase.most_growth_bytes) return false;
  return !is_long_form() || microseconds_at(outcome.busy, 99.9) <=
                                most_probe_latency_over_idle * microseconds_at(outcome.idle, 99.9);
}

void check(const Phase& phase) {
  bool within = false;
  for (int attempt = 0; attempt < attempts && !within; ++attempt) {
    const Outcome outcome = run(phase);
    print(phase.name, outcome);
    within = within_bounds(phase, outcome);
  }
  CHECK_MESSAGE(within, phase.name, " has turns over ", longest_turn.count(),
                " us of CPU time, slows a probing client down, or grows, each time");
}

TEST_CASE("the table grows without a pause") {
  check({.name = "growth",
         .perform = [](MeasuredNode& node) { set_all(node, sizes().growing, 16); }});
}

void set_all_to_expire(MeasuredNode& node, std::size_t count, milliseconds until_they_expire) {
  const auto at = std::chrono::system_clock::now() + until_they_expire;
  const std::string at_ms =
      fmt::format("{}", std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count());
  send_all(
      node, count,
      [&](std::size_t i) { return MeasuredNode::Words{"SET", key_of(i), "value", "PXAT", at_ms}; },
      "+OK\r\n");
}

// Setting them once tells how far in the future they must expire, to be there all at once.
TEST_CASE("entries that expire together are reclaimed without a pause") {
  const std::size_t count = sizes().expiring;
  milliseconds delay{};
  check({.name = "expiry",
         .prepare =
             [&](MeasuredNode& node) {
               const auto began = std::chrono::steady_clock::now();
               set_all(node, count, 5);
               const auto took = std::chrono::steady_clock::now() - began;
               delay = std::chrono::duration_cast<milliseconds>(4 * took) + milliseconds(500);
             },
         .perform =
             [&](MeasuredNode& node) {
               set_all_to_expire(node, count, delay);
               REQUIRE(node.call({"DBSIZE"}) == fmt::format(":{}\r\n", count));
               wait_until([&] { return node.info("stats", "expired_keys") == count; },
                          std::chrono::seconds(60) + 2 * delay);
             }});
}

TEST_CASE("entries are evicted at the limit without a pause") {
  check({.name = "eviction",
         .flags = {"--maxmemory", sizes().limit},
         .perform = [](MeasuredNode& node) {
           set_all(node, sizes().evicting, value_bytes);
           CHECK(node.info("stats", "evicted_keys") > 0);
         }});
}

TEST_CASE("a lowered limit is reached without a pause") {
  check({.name = "lowered limit",
         .prepare = [](MeasuredNode& node) { set_all(node, sizes().evicting, 100); },
         .perform =
             [](MeasuredNode& node) {
               const std::uint64_t half = node.info("memory", "used_memory") / 2;
               node.call({"CONFIG", "SET", "maxmemory", fmt::format("{}", half)});
               wait_until([&] { return node.info("memory", "used_memory") <= half; },
                          std::chrono::seconds(60));
             }});
}

TEST_CASE("all keys are flushed without a pause") {
  check({.name = "flush",
         .prepare = [](MeasuredNode& node) { set_all(node, sizes().growing, 16); },
         .perform =
             [](MeasuredNode& node) {
               node.call({"FLUSHALL"});
               CHECK(node.call({"DBSIZE"}) == ":0\r\n");
             }});
}

// Returns when a replica has them.
void copy_all_keys(MeasuredNode& node) {
  MeasuredNode replica({}, client_core);
  replica.call({"REPLICAOF", "127.0.0.1", fmt::format("{}", node.endpoint().port)});
  wait_until(
      [&] {
        const std::string info = replica.call({"INFO", "replication"});
        return info.find("master_link_status:up") != std::string::npos;
      },
      std::chrono::seconds(60));
  CHECK(replica.call({"DBSIZE"}) == fmt::format(":{}\r\n", sizes().copied));
  replica.stop();
}

TEST_CASE("a replica copies all keys without a pause of its primary") {
  check({.name = "copy",
         .prepare = [](MeasuredNode& node) { set_all(node, sizes().copied, value_bytes); },
         .perform = copy_all_keys,
         .loaded_keys = sizes().copied,
         .most_growth_bytes = most_growth_by_a_copy});
}

// Pushes, or adds, so many elements at once that the collection is there soon.
void fill_collection(MeasuredNode& node, const std::string& command, std::size_t elements) {
  constexpr std::size_t at_once = 1000;
  for (std::size_t i = 0; i < elements; i += at_once) {
    MeasuredNode::Words words{command, "big"};
    for (std::size_t j = i; j < i + at_once; ++j) {
      words.push_back(key_of(j));
      if (command == "HSET") words.push_back("value");
    }
    node.call(words);
  }
}

TEST_CASE("a big collection is deleted without a pause") {
  for (const std::string command : {"RPUSH", "SADD", "HSET"}) {
    check({.name = "deletion after " + command,
           .prepare = [&](MeasuredNode& node) { fill_collection(node, command, sizes().elements); },
           .perform = [](MeasuredNode& node) { CHECK(node.call({"DEL", "big"}) == ":1\r\n"); }});
  }
}

void set_big_value(MeasuredNode& node) {
  node.call({"SET", "big", std::string(big_value_bytes, 'v')});
}

TEST_CASE("a value of 64 MB is set without a pause") {
  check({.name = "64 MB set", .perform = set_big_value});
}

TEST_CASE("a value of 64 MB is read without a pause") {
  check({.name = "64 MB read", .prepare = set_big_value, .perform = [](MeasuredNode& node) {
           CHECK(node.call({"GET", "big"}).size() > big_value_bytes);
         }});
}

TEST_CASE("a value of 64 MB is deleted without a pause") {
  check({.name = "64 MB deletion", .prepare = set_big_value, .perform = [](MeasuredNode& node) {
           CHECK(node.call({"DEL", "big"}) == ":1\r\n");
         }});
}

}  // namespace
}  // namespace cachekit::test
