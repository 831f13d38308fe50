#include "tests/chaos/primary_watch.h"

#include <chrono>

namespace cachekit::chaos {
namespace {

// A primary stays for longer.
constexpr std::chrono::milliseconds look_interval{20};

}  // namespace

PrimaryWatch::PrimaryWatch(const Client& client) : client_(client), thread_([this] { run(); }) {}

PrimaryWatch::~PrimaryWatch() {
  stopping_ = true;
  thread_.join();
}

void PrimaryWatch::run() {
  Topology last = client_.topology();
  while (!stopping_) {
    std::this_thread::sleep_for(look_interval);
    Topology now = client_.topology();
    for (std::size_t shard = 0; shard < now.shards.size(); ++shard) {
      if (now.shards[shard].primary != last.shards[shard].primary) ++changes_;
    }
    last = std::move(now);
  }
}

}  // namespace cachekit::chaos
