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

/// Keys that wait to be read for those who ask later; a few milliseconds' work.
constexpr std::size_t most_waiting_fills = 256;

constexpr std::int64_t no_expiry = -1;  // as PTTL answers
constexpr std::int64_t no_key = -2;

void count(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

bool replied(const io::Call& call) { return call.answer.kind == io::Answer::Kind::replied; }

/// The keys that a request may change.
template <class Visit>
void visit_written(const Request& request, const Visit& visit) {
  const Result<routing::Route> route = routing::route_to_node(request);
  if (!route || !route->writes) return;
  for (std::size_t i = 0; i < route->keys.count; ++i) {
    visit(request[routing::key_position(route->keys, i)]);
  }
}

/// A value, or nothing, as GET answers; no answer if it is anything else.
std::optional<std::optional<std::string>> value_of(Value& reply) {
  if (reply.is_nil()) return std::optional<std::string>();
  auto* bytes = reply.get_if<std::string>();
  if (bytes == nullptr) return std::nullopt;
  return std::optional(std::move(*bytes));
}

}  // namespace

NearCache::NearCache(routing::Router& router, const ClientOptions& options, Settings settings)
    : router_(router),
      observers_(router.observers()),
      options_(options.near_cache),
      guards_(settings.guards),
      total_timeout_(options.total_timeout),
      read_timeout_(options.read_timeout),
      read_attempt_timeout_(options.read_attempt_timeout),
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
      filler_(1, most_waiting_fills) {
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
                count(counters_.invalidations);
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
  if (writes_of(key).load() > 0) return std::nullopt;
  std::optional<std::string> value;
  const bool hit = find(key, io::Clock::now(), [&](const Entry& entry) {
    if (!entry.absent) value.emplace(entry.view());
  });
  if (hit) return value;
  if (keeps(key)) fill_later(key);
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

void NearCache::fill_later(std::string_view key) {
  count(counters_.misses);
  const bool waits = filler_.offer(key, [this, key = std::string(key)] {
    const bool is_read = read_and_fill(key, io::Clock::now(), Reported::not_at_all).has_value();
    if (!is_read) count(counters_.unfilled);
  });
  if (!waits) count(counters_.unfilled);
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
    count(counters_.misses);
    if (auto value = read_and_fill(key, now, Reported::as_a_call)) return *std::move(value);
    count(counters_.unfilled);
  }
  const auto get = operations::get(key);
  Result<Value> reply = router_.call(get.request, now + total_timeout_);
  if (!reply) return tl::unexpected(std::move(reply.error()));
  return get.decode(*std::move(reply));
}

/// Nothing if no tracked connection has brought an answer.
std::optional<Result<std::optional<std::string>>> NearCache::read_and_fill(std::string_view key,
                                                                           io::Time now,
                                                                           Reported reported) {
  const std::shared_ptr<const Layout> layout = cluster_.layout();
  const std::uint32_t shard = layout->view->shard_of(key);
  TrackedNode& node = *layout->primaries[shard];
  const FillToken token = store_.begin_fill(key, node.source(), layout->number);
  const std::shared_ptr<io::Node> reads = node.reads(now);
  if (!reads) return std::nullopt;

  const Request get{"GET", key};
  const Request pttl{"PTTL", key};
  io::Job job;
  job.node = reads.get();
  job.shares = true;
  job.deadline = now + (layout->is_replicated(key) ? read_attempt_timeout_ : read_timeout_);
  job.calls.resize(2);
  job.calls[0].request = &get;
  job.calls[1].request = &pttl;
  reads_.exchange(job, now + total_timeout_);

  if (job.calls[0].answer.kind == io::Answer::Kind::not_sent) node.reads_failed(io::Clock::now());
  if (!replied(job.calls[0]) || !replied(job.calls[1])) return std::nullopt;
  auto value = value_of(job.calls[0].answer.reply);
  const auto* ttl_ms = job.calls[1].answer.reply.get_if<std::int64_t>();
  if (!value || ttl_ms == nullptr) return std::nullopt;
  const io::Time answered = io::Clock::now();
  node.reads_answered(now, answered);
  fill(token, key, *value, *ttl_ms, now, answered);
  if (reported == Reported::as_a_call) report_fill(*layout, shard, get, now, answered);
  return *std::move(value);
}

/// As a call of one attempt. One that has brought nothing counts for nothing: the router answers.
void NearCache::report_fill(const Layout& layout, std::uint32_t shard, const Request& get,
                            io::Time sent, io::Time answered) {
  static const routing::Route route = *routing::route_by_keys(Request{"GET", ""});
  routing::CallReport report(observers_, sent);
  report.look_at(get, route);
  const routing::NodeList& nodes = layout.view->nodes_of(shard);
  nodes.front()->meter().replies.read.record(answered - sent);
  if (report.is_traced()) {
    report.log().add({.shard = layout.view->name_of(nodes),
                      .node = nodes.front()->name(),
                      .began = sent,
                      .ended = answered,
                      .hedged = false});
    report.log().add_outcome(0, Code::ok);
  }
  report.end(answered);
  report.note({.request = &get, .route = &route});
  report.finish();
}

void NearCache::fill(const FillToken& token, std::string_view key,
                     const std::optional<std::string>& value, std::int64_t ttl_ms, io::Time sent,
                     io::Time answered) {
  const bool absent = !value;
  // It has changed between the two questions, or is not to be kept.
  if (absent != (ttl_ms == no_key) || (absent && options_.absent_age.count() == 0)) return;
  const FillValue kept{.bytes = absent ? std::string_view() : std::string_view(*value),
                       .absent = absent,
                       .expires = expiry_of(absent, ttl_ms, sent)};
  switch (store_.end_fill(token, key, kept, answered)) {
    case FillOutcome::kept:
      return count(counters_.fills);
    case FillOutcome::voided:
      return count(counters_.voided_fills);
    case FillOutcome::refused:
      return count(counters_.refused_fills);
  }
}

io::Time NearCache::expiry_of(bool absent, std::int64_t ttl_ms, io::Time sent) const {
  io::Time expires = io::Time::max();
  if (options_.max_age.count() > 0) expires = sent + options_.max_age;
  if (absent) expires = std::min(expires, sent + options_.absent_age);
  // Longer than the clock can count is for ever.
  const auto longest_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(io::Time::max() - sent).count();
  if (!absent && ttl_ms != no_expiry && ttl_ms < longest_ms) {
    expires = std::min(expires, sent + std::chrono::milliseconds(ttl_ms));
  }
  return expires;
}

void NearCache::note_request(const Request& request) {
  if (!guards_.own_writes) return;
  visit_written(request, [this](std::string_view key) { store_.invalidate(key); });
}

void NearCache::note_request_to(std::string_view node, const Request& request) {
  note_request(request);
  const Result<routing::Route> route = routing::route_to_node(request);
  if (!route || !route->writes || route->keys.count > 0) return;
  if (const auto tracked = cluster_.find(node)) tracked->drop_all();
}

NearCacheStatistics NearCache::statistics() const {
  return {.hits = store_.hits(),
          .misses = counters_.misses.load(),
          .fills = counters_.fills.load(),
          .voided_fills = counters_.voided_fills.load(),
          .refused_fills = counters_.refused_fills.load(),
          .unfilled = counters_.unfilled.load(),
          .invalidations = counters_.invalidations.load(),
          .drops = cluster_.drops(),
          .entries = store_.entries(),
          .bytes = store_.bytes()};
}

}  // namespace cachekit::caching
