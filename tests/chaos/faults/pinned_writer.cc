#include "tests/chaos/faults/pinned_writer.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "tests/chaos/report.h"

namespace cachekit::chaos {

void PinnedCount::add_to(Report& report) const {
  report.deposed_acknowledgements += acknowledged_by_deposed;
  report.details.emplace_back("pinned_acknowledged", static_cast<double>(acknowledged));
  report.details.emplace_back("refused_by_deposed", static_cast<double>(refused_by_deposed));
  if (acknowledged == 0) report.violations.emplace_back("the pinned client could never write");
}

PinnedWriter::PinnedWriter(const Scene& scene, std::size_t shard, std::string node)
    : scene_(scene), shard_(shard), node_(std::move(node)), thread_([this] { run(); }) {}

void PinnedWriter::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void PinnedWriter::run() { status_ = write_on(); }

// Only what is acknowledged while the topology names another node, before and after, counts.
Status PinnedWriter::write_on() {
  const std::size_t index = scene_.index_of(node_);
  if (Status there = scene_.network.go_beside(index); !there.ok()) return there;
  const std::string address = scene_.network.address_beside(index, node_);
  Result<Client> client = Client::connect("cachekit://" + address);
  if (!client) return client.error();
  const std::string key = fmt::format("pinned:{}", shard_);
  while (!stopping_) {
    const bool was_deposed = is_deposed();
    const bool written = client->command_on(address, {"SET", key, "1", "PX", "60000"}).has_value();
    if (written) ++count_.acknowledged;
    if (was_deposed && is_deposed()) {
      ++(written ? count_.acknowledged_by_deposed : count_.refused_by_deposed);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return {};
}

}  // namespace cachekit::chaos
