#include "tests/chaos/coherence/rig.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace cachekit::coherence {
namespace {

using namespace std::chrono_literals;

constexpr int processes = 2;
constexpr int clients_of_a_process = 2;
constexpr auto time_to_start = 30s;
constexpr auto time_to_end = 30s;

// A process of clients; ends with this, if it has not before.
class Worker {
 public:
  Worker(const std::string& ledger, int first_client) {
    const std::string first = std::to_string(first_client);
    const std::string count = std::to_string(clients_of_a_process);
    std::string program = COHERENCE_WORKER;
    std::vector<std::string> words{program, ledger, first, count};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
      throw std::runtime_error("cannot start " + program);
    }
  }
  ~Worker() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool has_ended() {
    int status = 0;
    if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      ended_well_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return pid_ == 0;
  }
  bool ended_well() const { return ended_well_; }

 private:
  pid_t pid_ = 0;
  bool ended_well_ = false;
};

template <class Condition>
bool within(std::chrono::milliseconds limit, const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

void write_setting(Setting& to, const CheckSetting& setting) {
  setting.url.copy(to.url.data(), to.url.size() - 1);
  setting.guard_off.copy(to.guard_off.data(), to.guard_off.size() - 1);
  to.max_silence_ms = setting.max_silence.count();
  to.bound_ms = setting.bound.count();
  to.own_bound_ms = setting.own_bound.count();
  to.write_replicas = setting.write_replicas;
  to.broadcast = setting.broadcast;
}

Outcome outcome_of(const Ledger& ledger) {
  const Totals& totals = ledger.totals;
  return {.reads = totals.reads,
          .hits = totals.hits,
          .writes = totals.writes,
          .voided_fills = totals.voided_fills,
          .drops = totals.drops,
          .violations = totals.violations,
          .oldest_ms = static_cast<double>(totals.oldest_ns) / 1e6,
          .violation = ledger.violation.data()};
}

}  // namespace

Outcome check(const std::string& name, const CheckSetting& setting,
              const std::function<void(int)>& fault) {
  const test::TemporaryFolder folder;
  const SharedLedger ledger(folder.path() / "ledger");
  write_setting(ledger->setting, setting);
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < processes; ++i) {
    workers.push_back(std::make_unique<Worker>(folder.path() / "ledger", i * clients_of_a_process));
  }
  REQUIRE(within(time_to_start, [&] { return ledger->ready == processes * clients_of_a_process; }));
  const auto end = std::chrono::steady_clock::now() + setting.time;
  for (int turn = 0; std::chrono::steady_clock::now() < end && !ledger->stop; ++turn) {
    if (!setting.guard_off.empty() && ledger->totals.violations > 0) break;
    if (fault) fault(turn);
    std::this_thread::sleep_for(5ms);
  }
  ledger->stop = true;
  for (const auto& worker : workers) {
    REQUIRE(within(time_to_end, [&] { return worker->has_ended(); }));
    CHECK(worker->ended_well());
  }
  const Outcome outcome = outcome_of(*ledger);
  fmt::print(
      "{:32} {:>9} reads, {:>9} hits, {:>6} writes, {:>6} void fills, {:>4} drops, "
      "oldest {:7.2f} ms, {} violations{}\n",
      name, outcome.reads, outcome.hits, outcome.writes, outcome.voided_fills, outcome.drops,
      outcome.oldest_ms, outcome.violations,
      outcome.violations > 0 ? ": " + outcome.violation : "");
  std::fflush(stdout);
  return outcome;
}

}  // namespace cachekit::coherence
