#include "tests/chaos/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace cachekit::chaos {
namespace {

// Enough of them to find one for each shard.
constexpr int most_tags = 10'000;

}  // namespace

std::string tag_of(const Client& client, const std::string& shard) {
  for (int i = 0; i < most_tags; ++i) {
    std::string tag = fmt::format("{{t{}}}", i);
    if (client.locate(tag).shard == shard) return tag;
  }
  return {};
}

void write_next(Client& client, Ledger& ledger, std::uint64_t number) {
  const Clock::time_point began = Clock::now();
  const auto written = client.set(ledger.key_of(number), std::to_string(number));
  ledger.wrote(number, began, written.has_value());
}

void read_newest(Client& client, Ledger& ledger) {
  const std::uint64_t number = ledger.newest();
  if (number == 0) return;
  const Clock::time_point began = Clock::now();
  const auto value = client.get(ledger.key_of(number));
  const bool found = value && *value && **value == std::to_string(number);
  ledger.read(number, began, value.has_value(), found);
}

Result<std::unique_ptr<Workload>> Workload::start(const std::string& url, const Load& load) {
  Result<Client> client = Client::connect(url);
  if (!client) return tl::unexpected(client.error());
  Result<Client> concern_client = Client::connect(url, {.write_replicas = 1});
  if (!concern_client) return tl::unexpected(concern_client.error());
  std::unique_ptr<Workload> workload(new Workload(*std::move(client), *std::move(concern_client)));
  workload->begin(load);
  return workload;
}

void Workload::begin(const Load& load) {
  for (const Shard& shard : client_.topology().shards) {
    const std::string tag = tag_of(client_, shard.name);
    shards_.push_back(std::make_unique<ShardLoad>(shard.name, tag));
  }
  for (const auto& shard : shards_) {
    threads_.emplace_back([this, &load = *shard, interval = load.write_interval] {
      run_paced(interval, [&](std::uint64_t i) { write_next(client_, load.plain, i); });
    });
    threads_.emplace_back([this, &load = *shard, interval = load.concern_interval] {
      run_paced(interval, [&](std::uint64_t i) { write_next(concern_client_, load.concern, i); });
    });
    threads_.emplace_back([this, &load = *shard, interval = load.read_interval] {
      run_paced(interval, [&](std::uint64_t) { read_newest(client_, load.plain); });
    });
  }
}

// Numbers from 1, one an interval. After a delay it goes on from now, without catching up.
template <class Step>
void Workload::run_paced(std::chrono::microseconds interval, Step step) {
  Clock::time_point due = Clock::now();
  for (std::uint64_t number = 1; !stopping_; ++number) {
    step(number);
    due = std::max(due + interval, Clock::now());
    std::this_thread::sleep_until(due);
  }
}

void Workload::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::optional<std::vector<std::uint64_t>> Workload::missing(
    const Ledger& ledger, const std::vector<std::uint64_t>& numbers) {
  constexpr std::size_t at_once = 500;
  std::vector<std::uint64_t> absent;
  for (std::size_t from = 0; from < numbers.size(); from += at_once) {
    const std::size_t end = std::min(from + at_once, numbers.size());
    std::vector<std::string> keys;
    for (std::size_t i = from; i < end; ++i) keys.push_back(ledger.key_of(numbers[i]));
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    const auto values = client_.mget(std::span<const std::string_view>(views));
    if (!values) return std::nullopt;
    for (std::size_t i = from; i < end; ++i) {
      const auto& value = (*values)[i - from];
      if (!value || *value != std::to_string(numbers[i])) absent.push_back(numbers[i]);
    }
  }
  return absent;
}

}  // namespace cachekit::chaos
