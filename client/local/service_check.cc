#include "client/local/service_check.h"

#include <algorithm>

#include "cachekit/client.h"
#include "client/agent/node_view.h"

namespace cachekit::local {

bool is_in_service(const std::string& url, std::size_t replicas) {
  Result<Client> client = Client::connect(url);
  if (!client) return false;
  const Topology topology = client->topology();
  return std::ranges::all_of(topology.shards, [&](const Shard& shard) {
    const Result<Value> reply = client->command_on(shard.primary, {"CACHEKIT.STATUS"});
    const auto report = reply ? agent::report_in(*reply) : std::nullopt;
    return report && report->lease == protocol::LeaseState::held && shard.absent.empty() &&
           report->replicas.size() == replicas;
  });
}

}  // namespace cachekit::local
