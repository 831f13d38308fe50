#include "client/caching/near_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cachekit/operations.h"
#include "client/routing/route.h"

namespace cachekit::caching {
namespace {

/// Fills share a connection, which longer requests would hold up.
constexpr std::size_t longest_key_bytes = std::size_t{16} << 10;

/// The keys that a request may change.
template <class Visit>
void visit_written(const Request& request, const Visit& visit) {
  const Result<routing::Route> route = routing::route_to_node(request);
  if (!route || !route->writes) return;
  for (std::size_t i = 0; i < route->keys.count; ++i) {
    visit(request[routing::key_position(route->keys, i)]);
  }
}

}  // namespace

NearCache::NearCache(routing::Router& router, const ClientOptions& options, Settings settings)
    : router_(router),
      observers_(router.observers()),
      options_(options.near_cache),
      guards_(settings.guards),
      total_timeout_(options.total_timeout),
      log_(options.log),
      store_(options.near_cache.bytes),
      cluster_(
          router.view(), [this](const io::Node& node) { return make_node(node); }, settings.guards),
      reads_(
          [&] {
            if (!options_.tracking || options_.broadcast) return std::move(settings.reads);
            settings.reads.greeting_of = [this,
                                          base = settings.reads.greeting](std::string_view node) {
              return reads_greeting(base, node);
            };
            return std::move(settings.reads);
          }(),
          nullptr),
      link_settings_(std::move(settings.invalidations)),
      fills_(store_, cluster_, reads_, observers_, options) {
  if (!guards_.voided_fills) store_.never_void_fills();
  if (options_.tracking) listener_.emplace(link_context(), [this] { return tidy(); });
  router_.on_change(
      [this](const std::shared_ptr<const routing::ClusterView>& view) { take(view); });
  if (listener_) listener_->listen_to(cluster_.layout()->primaries);
}

std::shared_ptr<TrackedNode> NearCache::make_node(const io::Node& node) const {
  auto made =
      std::make_shared<TrackedNode>(node.name(), node.address(), options_.max_silence, guards_);
  if (!options_.tracking) made->serve_untracked();
  return made;
}

Result<io::Greeting> NearCache::reads_greeting(const io::Greeting& base, std::string_view node) {
  const std::shared_ptr<TrackedNode> tracked = cluster_.find(node);
  const std::int64_t link = tracked ? tracked->open_reads() : 0;
  if (link != 0) return io::with_tracking(base, link);
  return tl::unexpected(
      Status(Code::unavailable, fmt::format("node {} tells nobody of changes now", node)));
}

LinkContext NearCache::link_context() {
  InvalidationStream::Broadcast broadcast;
  if (options_.broadcast) broadcast = options_.prefixes;
  return {.settings = link_settings_,
          .reads = reads_,
          .max_silence = options_.max_silence,
          .broadcast = std::move(broadcast),
          .invalidated =
              [this](TrackedNode&, std::string_view key) {
                invalidations_.add();
                store_.invalidate(key);
              },
          .all_invalidated =
              [this](TrackedNode& node) {
                if (guards_.drop_at_role_change) node.drop_all();
              },
          .failed =
              [this](TrackedNode& node, const Status& why) {
                if (!log_) return;
                log_(LogLevel::info, fmt::format("keeps nothing of node {} for now: {}",
                                                 node.name(), why.message()));
              }};
}

void NearCache::take(std::shared_ptr<const routing::ClusterView> view) {
  cluster_.take(std::move(view));
  if (!guards_.drop_at_role_change) return;
  if (listener_) listener_->listen_to(cluster_.layout()->primaries);
}

bool NearCache::tidy() {
  const std::uint64_t drops = cluster_.drops();
  if (swept_drops_.exchange(drops) != drops) sweeping_ = true;
  if (sweeping_) sweeping_ = store_.sweep_step(io::Clock::now());
  return sweeping_;
}

bool NearCache::keeps(std::string_view key) const {
  if (key.size() > longest_key_bytes) return false;
  return options_.prefixes.empty() ||
         std::ranges::any_of(options_.prefixes,
                             [&](const std::string& prefix) { return key.starts_with(prefix); });
}

template <class Visitor>
bool NearCache::find(std::string_view key, io::Time now, const Visitor& visit) {
  Found found = store_.find(key, now, cluster_.number(), visit);
  if (found == Found::unconfirmed) {
    const std::shared_ptr<const Layout> layout = cluster_.layout();
    store_.confirm(key, layout->node_of(key).source(), layout->number);
    found = store_.find(key, now, layout->number, visit);
  }
  if (found != Found::hit) return false;
  note_hit(key, now);
  return true;
}

void NearCache::note_hit(std::string_view key, io::Time now) {
  if (observers_.hot_keys != nullptr) observers_.hot_keys->note_near_hit(key, now);
  if (observers_.tracer != nullptr && observers_.tracer->wants_all()) {
    routing::report_near_hit(*observers_.tracer, key, now);
  }
}

Result<std::optional<std::string>> NearCache::get(std::string_view key) {
  const io::Time now = io::Clock::now();
  std::optional<std::string> value;
  const bool hit = find(key, now, [&](const Entry& entry) {
    if (!entry.absent) value.emplace(entry.view());
  });
  if (hit) return value;
  return read(key, now);
}

std::optional<std::optional<std::string>> NearCache::look(std::string_view key) {
  if (writes_of(key).load() > 0) {
    if (keeps(key)) misses_.add();
    return std::nullopt;
  }
  std::optional<std::string> value;
  const bool hit = find(key, io::Clock::now(), [&](const Entry& entry) {
    if (!entry.absent) value.emplace(entry.view());
  });
  if (hit) return value;
  if (keeps(key)) {
    misses_.add();
    fills_.read_later(key);
  }
  return std::nullopt;
}

std::atomic<std::uint32_t>& NearCache::writes_of(std::string_view key) {
  return writes_[std::hash<std::string_view>()(key) % writes_.size()];
}

void NearCache::begin_write(std::string_view key) {
  if (!guards_.own_writes) return;
  ++writes_of(key);
  store_.invalidate(key);
}

void NearCache::end_write(std::string_view key) {
  if (!guards_.own_writes) return;
  store_.invalidate(key);
  --writes_of(key);
}

void NearCache::begin_request(const Request& request) {
  visit_written(request, [this](std::string_view key) { begin_write(key); });
}

void NearCache::end_request(const Request& request) {
  visit_written(request, [this](std::string_view key) { end_write(key); });
}

void NearCache::begin_transaction(std::string_view key, std::span<const Request> requests) {
  begin_write(key);
  for (const Request& request : requests) begin_request(request);
}

void NearCache::end_transaction(std::string_view key, std::span<const Request> requests) {
  for (const Request& request : requests) end_request(request);
  end_write(key);
}

Result<std::optional<SharedValue>> NearCache::get_shared(std::string_view key) {
  const io::Time now = io::Clock::now();
  std::optional<SharedValue> shared;
  const bool hit = find(key, now, [&](Entry& entry) {
    if (!entry.absent) shared = SharedValue::of(entry);
  });
  if (hit) return shared;
  const Result<std::optional<std::string>> value = read(key, now);
  if (!value) return tl::unexpected(value.error());
  if (*value) shared.emplace(**value);
  return shared;
}

Result<std::optional<std::string>> NearCache::read(std::string_view key, io::Time now) {
  if (keeps(key)) {
    misses_.add();
    if (auto value = fills_.read(key, now)) return *std::move(value);
  }
  const auto get = operations::get(key);
  Result<Value> reply = router_.call(get.request, now + total_timeout_);
  if (!reply) return tl::unexpected(std::move(reply.error()));
  return get.decode(*std::move(reply));
}

void NearCache::note_request(const Request& request) {
  if (!guards_.own_writes) return;
  visit_written(request, [this](std::string_view key) { store_.invalidate(key); });
}

void NearCache::note_transaction(std::string_view key, std::span<const Request> requests) {
  if (guards_.own_writes) store_.invalidate(key);
  for (const Request& request : requests) note_request(request);
}

void NearCache::note_request_to(std::string_view node, const Request& request) {
  note_request(request);
  const Result<routing::Route> route = routing::route_to_node(request);
  if (!route || !route->writes || route->keys.count > 0) return;
  if (const auto tracked = cluster_.find(node)) tracked->drop_all();
}

NearCacheStatistics NearCache::statistics() const {
  NearCacheStatistics statistics;
  statistics.hits = store_.hits();
  statistics.misses = misses_.get();
  statistics.invalidations = invalidations_.get();
  statistics.drops = cluster_.drops();
  statistics.entries = store_.entries();
  statistics.bytes = store_.bytes();
  fills_.tell(statistics);
  return statistics;
}

}  // namespace cachekit::caching
