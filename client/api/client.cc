#include "cachekit/client.h"

#include <utility>

#include "client/api/client_state.h"
#include "client/api/connect.h"
#include "client/api/decode.h"
#include "client/api/pipeline_state.h"

namespace cachekit {

Client::Client(std::unique_ptr<api::ClientState> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
  Client moved(std::move(other));
  std::swap(state_, moved.state_);
  return *this;
}

// In a forked child its threads are not there to end, and its locks may be held for ever.
Client::~Client() {
  if (state_ && state_->is_in_child()) (void)state_.release();
}

Result<Client> Client::connect(std::string_view url, ClientOptions options) {
  auto state = api::connect(url, options);
  if (!state) return tl::unexpected(std::move(state.error()));
  return Client(*std::move(state));
}

Result<Client::OptionalString> Client::get(std::string_view key) {
  caching::NearCache* const near_cache = state_->near_cache();
  return near_cache != nullptr ? near_cache->get(key) : run(operations::get(key));
}

Result<std::vector<OptionalString>> Client::mget(Keys keys) {
  auto mget = operations::mget(keys);
  std::vector<Request> one;
  one.push_back(std::move(mget.request));
  Result<Value> reply = std::move(state_->call(std::move(one)).front());
  if (!reply) return tl::unexpected(std::move(reply.error()));
  return mget.decode(*std::move(reply));
}

Result<std::optional<SharedValue>> Client::get_shared(std::string_view key) {
  if (caching::NearCache* const near_cache = state_->near_cache())
    return near_cache->get_shared(key);
  const Result<OptionalString> value = run(operations::get(key));
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::optional<SharedValue>();
  return std::optional<SharedValue>(**value);
}

NearCacheStatistics Client::near_cache_statistics() const {
  const caching::NearCache* const near_cache = state_->near_cache();
  return near_cache != nullptr ? near_cache->statistics() : NearCacheStatistics();
}

ClientStats Client::stats() const { return state_->stats(); }

std::vector<HotKey> Client::hot_keys() const { return state_->hot_keys(); }

AsyncCommands Client::async() { return AsyncCommands(*state_); }

Result<std::vector<Value>> Client::transaction(std::string_view key,
                                               std::span<const Request> requests,
                                               const TransactionOptions& options) {
  Result<Value> reply = state_->call_transaction(key, requests, options.write_replicas);
  if (!reply) return tl::unexpected(std::move(reply.error()));
  return api::decode_exec(*std::move(reply));
}

Pipeline Client::pipeline() { return Pipeline(std::make_unique<api::PipelineState>(*state_)); }

KeyScan Client::scan(ScanOptions options) { return KeyScan(*state_, std::move(options)); }

Topology Client::topology() const { return state_->router().view()->topology(); }

std::uint64_t Client::topology_version() const {
  return state_->router().view()->topology().version;
}

Location Client::locate(std::string_view key) const {
  const auto view = state_->router().view();
  const Shard& shard = view->topology().shards[view->shard_of(key)];
  return {.shard = shard.name, .node = shard.primary};
}

Result<Value> Client::command_on(std::string_view node, std::span<const std::string_view> words) {
  return state_->call_on(node, operations::command(words).request);
}

Result<Value> Client::send(const Request& request) { return state_->call(request); }

}  // namespace cachekit
