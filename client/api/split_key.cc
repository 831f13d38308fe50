#include <mutex>
#include <utility>

#include "cachekit/split.h"
#include "client/api/copies.h"

namespace cachekit {

/// What the copies of the handle share.
struct SplitKey::State {
  using Names = std::shared_ptr<const std::vector<std::string>>;

  State(Client& of, std::string_view which, std::size_t how_many)
      : client(of), key(which), copies(how_many), problem(api::problem_with_copies(how_many)) {}

  /// Those of the topology in force.
  Names names() {
    const std::uint64_t version = client.topology_version();
    const std::lock_guard lock(mutex);
    if (!known || known_version != version) {
      known = find();
      known_version = version;
    }
    return known;
  }

  Names find() const {
    const auto shard_of = [&](const std::string& name) { return client.locate(name).shard; };
    return std::make_shared<const std::vector<std::string>>(
        api::keys_on_different_shards(key, copies, client.topology().shards.size(), shard_of));
  }

  /// None, or the problem with the arguments.
  Result<Names> checked_names() {
    if (problem.empty()) return names();
    return tl::unexpected(Status(Code::invalid_argument, problem));
  }

  Client& client;
  const std::string key;
  const std::size_t copies;
  const std::string problem;
  std::mutex mutex;
  Names known;
  std::uint64_t known_version = 0;
};

SplitKey::SplitKey(Client& client, std::string_view key, std::size_t copies)
    : state_(std::make_shared<State>(client, key, copies)) {}

Result<std::optional<SharedValue>> SplitKey::get() const {
  const auto names = state_->checked_names();
  if (!names) return tl::unexpected(names.error());
  return state_->client.get_shared(api::any_of(**names));
}

Result<void> SplitKey::set(std::string_view value, std::chrono::milliseconds ttl) const {
  const auto names = state_->checked_names();
  if (!names) return tl::unexpected(names.error());
  Pipeline pipeline = state_->client.pipeline();
  for (const std::string& name : **names) (void)pipeline.set(name, value, ttl);
  if (Status status = pipeline.execute(); !status.ok()) return tl::unexpected(std::move(status));
  return {};
}

Result<bool> SplitKey::del() const {
  const auto names = state_->checked_names();
  if (!names) return tl::unexpected(names.error());
  const std::vector<std::string_view> views((*names)->begin(), (*names)->end());
  const Result<std::int64_t> deleted = state_->client.del(views);
  if (!deleted) return tl::unexpected(deleted.error());
  return *deleted > 0;
}

std::vector<std::string> SplitKey::keys() const {
  const auto names = state_->checked_names();
  return names ? **names : std::vector<std::string>();
}

}  // namespace cachekit
