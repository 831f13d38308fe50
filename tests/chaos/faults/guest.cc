#include "tests/chaos/faults/guest.h"

#include <chrono>

#include "tests/chaos/workload.h"

namespace cachekit::chaos {
namespace {

constexpr std::chrono::milliseconds interval{5};

}  // namespace

Guest::Guest(const Network& network, std::string url, const std::string& tag)
    : network_(network),
      ledger_(tag + ":guest:"),
      thread_([this, url = std::move(url)] { status_ = run(url); }) {}

void Guest::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

// The reader's thread begins in the network of this one.
Status Guest::run(const std::string& url) {
  if (Status there = network_.become_guest(); !there.ok()) return there;
  Result<Client> client = Client::connect(url);
  if (!client) return client.error();
  std::thread reader([&] {
    while (!stopping_) {
      read_newest(*client, ledger_);
      std::this_thread::sleep_for(interval);
    }
  });
  for (std::uint64_t number = 1; !stopping_; ++number) {
    write_next(*client, ledger_, number);
    std::this_thread::sleep_for(interval);
  }
  reader.join();
  return {};
}

}  // namespace cachekit::chaos
