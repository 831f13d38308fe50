#include "client/caching/fills.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "client/routing/route.h"

namespace cachekit::caching {
namespace {

/// Keys that wait to be read for those who ask later, a few milliseconds' work; and how many are
/// read at once, so that a tracked connection is not held up for long.
constexpr threads::KeyBatches::Limits later_limits{
    .waiting = 256, .at_once = 16, .bytes_at_once = std::size_t{16} << 10};

/// Keys that are remembered to have been asked for: some for each entry, of common sizes.
constexpr std::size_t bytes_for_a_seen_key = 256;
constexpr std::size_t most_seen_keys = std::size_t{1} << 20;

constexpr std::int64_t no_expiry = -1;  // as PTTL answers
constexpr std::int64_t no_key = -2;

constexpr std::size_t calls_of_a_fill = 2;

bool replied(const io::Call& call) { return call.answer.kind == io::Answer::Kind::replied; }

/// No answer if it is neither a value nor nothing.
std::optional<Fills::Answer> answer_in(Value& reply) {
  if (reply.is_nil()) return Fills::Answer();
  auto* bytes = reply.get_if<std::string>();
  if (bytes == nullptr) return std::nullopt;
  return Fills::Answer(std::move(*bytes));
}

}  // namespace

/// One key.
struct Fills::Fill {
  std::string_view key;
  TrackedNode* node;
  std::shared_ptr<io::Node> reads;
  FillToken token;
  Request get;
  Request pttl;
};

/// The fills on one node's connection, in one job.
struct Fills::NodeReads {
  TrackedNode* node;
  std::shared_ptr<io::Node> reads;
  std::vector<const Fill*> fills = {};
  std::vector<std::size_t> places = {};  // of their keys
  io::Job job = {};
};

Fills::Fills(NearStore& store, TrackedCluster& cluster, io::SocketEngine& engine,
             const routing::Observers& observers, const ClientOptions& options)
    : store_(store),
      cluster_(cluster),
      engine_(engine),
      observers_(observers),
      options_(options.near_cache),
      total_timeout_(options.total_timeout),
      read_timeout_(options.read_timeout),
      read_attempt_timeout_(options.read_attempt_timeout),
      doorkeeper_(std::min(options.near_cache.bytes / bytes_for_a_seen_key, most_seen_keys)),
      later_(later_limits, [this](std::span<const std::string> keys) { keep_for_later(keys); }) {}

std::optional<Fills::Answer> Fills::read(std::string_view key, io::Time now) {
  const std::shared_ptr<const Layout> layout = cluster_.layout();
  const io::Duration patience = layout->is_replicated(key) ? read_attempt_timeout_ : read_timeout_;
  std::optional<Answer> answer =
      std::move(read_all(*layout, {&key, 1}, now, now + patience).front());
  if (answer) {
    report(*layout, key, now, io::Clock::now());
  } else {
    unfilled_.add();
  }
  return answer;
}

void Fills::read_later(std::string_view key) {
  if (!doorkeeper_.has_seen(key) || !later_.offer(key)) unfilled_.add();
}

void Fills::keep_for_later(std::span<const std::string> keys) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  const io::Time now = io::Clock::now();
  for (const auto& answer : read_all(*cluster_.layout(), views, now, now + read_timeout_)) {
    if (!answer) unfilled_.add();
  }
}

/// Nothing if there is no connection to read it on.
std::optional<Fills::Fill> Fills::begin(const Layout& layout, std::string_view key,
                                        io::Time now) const {
  TrackedNode& node = *layout.primaries[layout.view->shard_of(key)];
  const FillToken token = store_.begin_fill(key, node.source(), layout.number);
  std::shared_ptr<io::Node> reads = node.reads(now);
  if (!reads) return std::nullopt;
  return Fill{.key = key,
              .node = &node,
              .reads = std::move(reads),
              .token = token,
              .get = {"GET", key},
              .pttl = {"PTTL", key}};
}

std::vector<std::optional<Fills::Answer>> Fills::read_all(const Layout& layout,
                                                          std::span<const std::string_view> keys,
                                                          io::Time now, io::Time deadline) {
  std::deque<Fill> fills;  // which stay where they are
  std::deque<NodeReads> nodes;
  for (std::size_t place = 0; place < keys.size(); ++place) {
    std::optional<Fill> begun = begin(layout, keys[place], now);
    if (!begun) continue;
    const Fill& fill = fills.emplace_back(*std::move(begun));
    auto at = std::ranges::find(nodes, fill.reads, &NodeReads::reads);
    if (at == nodes.end()) {
      nodes.push_back({.node = fill.node, .reads = fill.reads});
      at = std::prev(nodes.end());
      at->job.node = fill.reads.get();
      at->job.shares = true;
      at->job.deadline = deadline;
    }
    at->fills.push_back(&fill);
    at->places.push_back(place);
    at->job.calls.push_back({.request = &fill.get, .answer = {}});
    at->job.calls.push_back({.request = &fill.pttl, .answer = {}});
  }
  std::vector<io::Job*> jobs;
  for (NodeReads& one : nodes) jobs.push_back(&one.job);
  if (!jobs.empty()) engine_.exchange(jobs, now + total_timeout_);

  std::vector<std::optional<Answer>> answers(keys.size());
  const io::Time answered = io::Clock::now();
  for (NodeReads& one : nodes) {
    std::span<io::Call> calls = one.job.calls;
    if (calls[0].answer.kind == io::Answer::Kind::not_sent) one.node->reads_failed(answered);
    for (std::size_t i = 0; i < one.fills.size(); ++i) {
      answers[one.places[i]] =
          end(*one.fills[i], calls.subspan(i * calls_of_a_fill, calls_of_a_fill), now, answered);
    }
  }
  return answers;
}

std::optional<Fills::Answer> Fills::end(const Fill& fill, std::span<io::Call> calls, io::Time sent,
                                        io::Time answered) {
  if (!replied(calls[0]) || !replied(calls[1])) return std::nullopt;
  std::optional<Answer> value = answer_in(calls[0].answer.reply);
  const auto* ttl_ms = calls[1].answer.reply.get_if<std::int64_t>();
  if (!value || ttl_ms == nullptr) return std::nullopt;
  fill.node->reads_answered(sent, answered);
  keep(fill, *value, *ttl_ms, sent, answered);
  return value;
}

void Fills::keep(const Fill& fill, const Answer& value, std::int64_t ttl_ms, io::Time sent,
                 io::Time answered) {
  const bool absent = !value;
  // It has changed between the two questions, or is not to be kept.
  if (absent != (ttl_ms == no_key) || (absent && options_.absent_age.count() == 0)) return;
  const FillValue kept{.bytes = absent ? std::string_view() : std::string_view(*value),
                       .absent = absent,
                       .expires = expiry_of(absent, ttl_ms, sent)};
  switch (store_.end_fill(fill.token, fill.key, kept, answered)) {
    case FillOutcome::kept:
      return kept_.add();
    case FillOutcome::voided:
      return voided_.add();
    case FillOutcome::refused:
      return refused_.add();
  }
}

io::Time Fills::expiry_of(bool absent, std::int64_t ttl_ms, io::Time sent) const {
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

/// As a call of one attempt. One that has brought nothing counts for nothing: the router answers.
void Fills::report(const Layout& layout, std::string_view key, io::Time sent, io::Time answered) {
  static const routing::Route route = *routing::route_by_keys(Request{"GET", ""});
  const Request get{"GET", key};
  const routing::NodeList& nodes = layout.view->nodes_of(layout.view->shard_of(key));
  routing::CallReport report(observers_, sent);
  report.look_at(get, route);
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

void Fills::tell(NearCacheStatistics& statistics) const {
  statistics.fills = kept_.get();
  statistics.voided_fills = voided_.get();
  statistics.refused_fills = refused_.get();
  statistics.unfilled = unfilled_.get();
}

}  // namespace cachekit::caching
