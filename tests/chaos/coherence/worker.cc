// One process of a coherence check: some clients with a near-cache each, which write keys of their
// own and read everybody's, in all forms of calls. Reads its setting from the ledger, and runs
// until that says stop.
//
//   coherence-worker LEDGER FIRST_CLIENT CLIENTS

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cachekit/operations.h"
#include "client/api/client_state.h"
#include "client/api/connect.h"
#include "tests/chaos/coherence/ledger.h"

namespace cachekit::coherence {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t keys_of_a_client = 2;
constexpr int readers_of_a_client = 2;
constexpr int writes_in_a_burst = 20;
constexpr auto pause_in_a_burst = 500us;

/// Of so many reads one is asynchronous, and one an MGET of its own; the others are quicker.
constexpr std::uint64_t reads_in_turn = 32;

std::string name_of(std::uint32_t key) { return fmt::format("key:{}", key); }

caching::Guards guards_without(std::string_view name) {
  caching::Guards guards;
  if (name == "silence_bound") guards.silence_bound = false;
  if (name == "voided_fills") guards.voided_fills = false;
  if (name == "own_writes") guards.own_writes = false;
  if (name == "drop_at_reconnect") guards.drop_at_reconnect = false;
  if (name == "drop_at_role_change") guards.drop_at_role_change = false;
  return guards;
}

/// Somebody who waits for an asynchronous call after all.
struct Waiting final : Completion {
  std::promise<Result<Value>> told;
  void complete(Result<Value>&& reply) noexcept override { told.set_value(std::move(reply)); }
};

class CheckedClient {
 public:
  CheckedClient(Ledger& ledger, std::uint32_t number) : ledger_(ledger), number_(number) {
    const Setting& setting = ledger.setting;
    ClientOptions options;
    options.near_cache.bytes = std::size_t{4} << 20;
    options.near_cache.absent_age = std::chrono::hours(1);
    options.near_cache.max_silence = std::chrono::milliseconds(setting.max_silence_ms);
    options.near_cache.broadcast = setting.broadcast;
    options.write_replicas = setting.write_replicas;
    auto state =
        api::connect(setting.url.data(), options, guards_without(setting.guard_off.data()));
    if (!state) {
      std::fprintf(stderr, "coherence-worker: %s\n", state.error().text().c_str());
      std::exit(1);
    }
    state_ = *std::move(state);
    for (std::uint32_t i = 0; i < keys_of_a_client; ++i) take_fresh_key(i);
    ++ledger.ready;
  }

  void start() {
    threads_.emplace_back([this] { write(); });
    for (int i = 0; i < readers_of_a_client; ++i) threads_.emplace_back([this, i] { read(i); });
  }

  void end() {
    for (std::thread& thread : threads_) thread.join();
    const NearCacheStatistics statistics = state_->near_cache()->statistics();
    ledger_.totals.hits += statistics.hits;
    ledger_.totals.voided_fills += statistics.voided_fills;
    ledger_.totals.drops += statistics.drops;
  }

 private:
  void take_fresh_key(std::uint32_t place) {
    const std::uint32_t key = ledger_.next_key++;
    if (key >= Ledger::most_keys) return ledger_.stop.store(true);
    ledger_.keys[key].client = number_;
    versions_[place] = 0;
    ledger_.active[number_ * keys_of_a_client + place] = key;
  }

  // Bursts, and pauses in which an answer that is too old has time to become a violation.
  void write() {
    std::mt19937_64 random(number_ + 1);
    const auto pause = std::chrono::milliseconds(ledger_.setting.bound_ms) * 3 / 2;
    while (!ledger_.stop) {
      const auto place = static_cast<std::uint32_t>(random() % keys_of_a_client);
      for (int i = 0; i < writes_in_a_burst && !ledger_.stop; ++i) {
        write_once(place);
        std::this_thread::sleep_for(pause_in_a_burst);
      }
      const auto end = std::chrono::steady_clock::now() + pause * (random() % 3) / 2;
      while (!ledger_.stop && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(1ms);
      }
    }
  }

  void write_once(std::uint32_t place) {
    const std::uint32_t key = ledger_.active[number_ * keys_of_a_client + place];
    const std::uint64_t version = versions_[place] + 1;
    Request set = operations::set(name_of(key), std::to_string(version), {}).request;
    const bool is_asynchronous = version % 2 == 0;
    const Result<Value> reply = is_asynchronous ? call_async(std::move(set)) : state_->call(set);
    if (!reply) {
      // Nothing was executed, or it may be executed yet.
      if (reply.error().code() != Code::outcome_unknown &&
          reply.error().code() != Code::concern_not_met) {
        return;
      }
      ++ledger_.totals.unknown_writes;
      return take_fresh_key(place);
    }
    versions_[place] = version;
    ledger_.keys[key].acknowledge(version, now_ns());
    ++ledger_.totals.writes;
    check(key);
  }

  Result<Value> call_async(Request request) {
    Waiting waiting;
    std::future<Result<Value>> reply = waiting.told.get_future();
    if (auto refusal = state_->start(std::move(request), waiting, {}, api::IfFull::may_block)) {
      return tl::unexpected(*std::move(refusal));
    }
    return reply.get();
  }

  Result<OptionalString> value_of(const std::string& name) {
    const std::uint64_t turn = reads_.fetch_add(1, std::memory_order_relaxed) % reads_in_turn;
    if (turn > 1) return state_->near_cache()->get(name);
    if (turn == 0) {
      auto get = operations::get(name);
      Result<Value> reply = call_async(std::move(get.request));
      if (!reply) return tl::unexpected(reply.error());
      return get.decode(*std::move(reply));
    }
    const std::string_view key = name;
    auto mget = operations::mget({&key, 1});
    Result<Value> reply = std::move(state_->call(std::vector{std::move(mget.request)}).front());
    if (!reply) return tl::unexpected(reply.error());
    return mget.decode(*std::move(reply))->front();
  }

  void read(int reader) {
    std::mt19937_64 random(1000 * (number_ + 1) + static_cast<std::uint64_t>(reader));
    while (!ledger_.stop) {
      const auto places = static_cast<std::uint64_t>(ledger_.ready.load()) * keys_of_a_client;
      check(ledger_.active[random() % places]);
    }
  }

  void check(std::uint32_t key) {
    const WrittenKey& written = ledger_.keys[key];
    const std::int64_t bound_ms =
        written.client == number_ ? ledger_.setting.own_bound_ms : ledger_.setting.bound_ms;
    const std::int64_t start = now_ns();
    const std::uint64_t least = written.version_at(start - bound_ms * 1'000'000);
    const Result<OptionalString> value = value_of(name_of(key));
    if (!value) {
      ++ledger_.totals.failed_reads;
      return;
    }
    ++ledger_.totals.reads;
    std::uint64_t version = 0;
    if (*value) std::from_chars((*value)->data(), (*value)->data() + (*value)->size(), version);
    const std::int64_t replaced_at = written.acknowledged_at(version + 1);
    const std::int64_t age = replaced_at == 0 ? 0 : start - replaced_at;
    std::int64_t oldest = ledger_.totals.oldest_ns;
    while (age > oldest && !ledger_.totals.oldest_ns.compare_exchange_weak(oldest, age)) {
    }
    if (version < least) report(key, version, least, age);
  }

  void report(std::uint32_t key, std::uint64_t version, std::uint64_t least, std::int64_t age) {
    if (ledger_.totals.violations++ > 0) return;
    const std::string text = fmt::format(
        "client {} read version {} of key {}, which client {} writes, {:.1f} ms after version {} "
        "was acknowledged; expected {} or later",
        number_, version, key, ledger_.keys[key].client, static_cast<double>(age) / 1e6,
        version + 1, least);
    text.copy(ledger_.violation.data(), ledger_.violation.size() - 1);
  }

  Ledger& ledger_;
  const std::uint32_t number_;
  std::unique_ptr<api::ClientState> state_;
  std::array<std::uint64_t, keys_of_a_client> versions_{};  // the writer's own
  std::atomic<std::uint64_t> reads_{0};
  std::vector<std::thread> threads_;
};

int run(const char* path, std::uint32_t first, std::uint32_t count) {
  const SharedLedger ledger(path);
  std::vector<std::unique_ptr<CheckedClient>> clients;
  for (std::uint32_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<CheckedClient>(*ledger, first + i));
  }
  for (const auto& client : clients) client->start();
  for (const auto& client : clients) client->end();
  return 0;
}

}  // namespace
}  // namespace cachekit::coherence

int main(int argc, char** argv) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc != 4) return 2;
  return cachekit::coherence::run(argv[1], static_cast<std::uint32_t>(std::atoi(argv[2])),
                                  static_cast<std::uint32_t>(std::atoi(argv[3])));
}
