// A router over fake nodes, and what it tells of its calls.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/routing/router.h"
#include "tests/unit/client/fake_engine.h"

namespace cachekit::test {

/// A Span that outlives its hook.
struct ToldSpan {
  struct Try {
    std::string shard;
    std::string node;
    std::chrono::nanoseconds offset;
    std::chrono::nanoseconds duration;
    Code code;
    bool hedged;
  };

  explicit ToldSpan(const Span& span)
      : command(span.command),
        command_class(span.command_class),
        duration(span.duration),
        code(span.code),
        shard(span.shard),
        node(span.node),
        keys(span.keys),
        key(span.key),
        near_cache(span.near_cache),
        pipelined(span.pipelined),
        hedged(span.hedged) {
    for (const Attempt& attempt : span.attempts) {
      attempts.push_back({std::string(attempt.shard), std::string(attempt.node), attempt.offset,
                          attempt.duration, attempt.code, attempt.hedged});
    }
  }

  std::string command;
  CommandClass command_class;
  std::chrono::nanoseconds duration;
  Code code;
  std::string shard;
  std::string node;
  std::size_t keys;
  std::string key;
  bool near_cache;
  bool pipelined;
  bool hedged;
  std::vector<Try> attempts;
};

/// The shard "s" with a replica, and the shard "t" without.
struct ObservedCluster {
  static constexpr const char* primary = "s:1";
  static constexpr const char* replica = "s:2";
  static constexpr const char* other = "t:1";

  std::vector<ToldSpan> told;
  FakeEngine* engine = nullptr;
  std::unique_ptr<routing::Router> router;

  explicit ObservedCluster(ClientOptions options = {}, bool traced = true) {
    if (traced) options.tracing.on_span = [this](const Span& span) { told.emplace_back(span); };
    Topology topology;
    topology.shards = {{.name = "s", .primary = primary, .replicas = {replica}},
                       {.name = "t", .primary = other}};
    auto view = routing::ClusterView::build(topology, {.alone = 1});
    auto made = std::make_unique<FakeEngine>();
    engine = made.get();
    router = std::make_unique<routing::Router>(*view, std::move(made), options);
  }
  ObservedCluster(const ObservedCluster&) = delete;
  ObservedCluster& operator=(const ObservedCluster&) = delete;

  /// A key of the first shard, or of the second one.
  std::string key(std::uint32_t shard = 0, int skip = 0) const {
    for (int i = 0;; ++i) {
      std::string key = "k" + std::to_string(i);
      if (router->view()->shard_of(key) == shard && skip-- == 0) return key;
    }
  }

  Code get(const std::string& key) { return code_of(router->call(Request{"GET", key})); }
  Code set(const std::string& key) { return code_of(router->call(Request{"SET", key, "v"})); }

  static Code code_of(const Result<Value>& result) {
    return result ? Code::ok : result.error().code();
  }

  NodeStats node(const std::string& name) const {
    NodeStats stats;
    router->view()->find_node(name)->meter().tell(stats);
    return stats;
  }
  ClientStats calls() const {
    ClientStats stats;
    router->calls().tell(stats);
    return stats;
  }
};

}  // namespace cachekit::test
