// Until when the entries of a node may be served, and when they are gone.

#include "client/caching/tracked_node.h"

#include <doctest/doctest.h>

namespace cachekit::caching {
namespace {

using namespace std::chrono_literals;

const io::Time connected = io::Time(1h);
constexpr auto max_silence = 500ms;

struct Tracked {
  TrackedNode node;
  std::uint32_t generation = 1;

  explicit Tracked(const Guards& guards = {})
      : node("n:1", {.host = "127.0.0.1", .port = 1, .path = {}}, max_silence, guards) {}

  /// Both connections are there and have answered what was sent at that time.
  void answer_both(io::Time sent, io::Time now) {
    node.link_answered(sent, now);
    node.reads_answered(sent, now);
  }
  bool serves_at(io::Time time) { return node.source().serves_at(time); }

  /// Since the last time that this was asked.
  bool has_dropped() {
    return std::exchange(generation, node.source().generation()) != node.source().generation();
  }
};

TEST_CASE("tracked node: nothing is served or read before there is a link") {
  Tracked f;
  CHECK(f.node.reads(connected) == nullptr);
  CHECK(!f.serves_at(connected));
  f.node.link_is_up(7);
  CHECK(f.node.reads(connected) != nullptr);
  CHECK(!f.serves_at(connected));
}

TEST_CASE("tracked node: it is served for max_silence after what was answered had been sent") {
  Tracked f;
  f.node.link_is_up(7);
  f.node.link_answered(connected, connected + 20ms);
  CHECK(!f.serves_at(connected + 20ms));
  f.node.reads_answered(connected + 100ms, connected + 120ms);
  CHECK(f.serves_at(connected + max_silence - 1ns));
  CHECK(!f.serves_at(connected + max_silence));
  f.node.link_answered(connected + 300ms, connected + 310ms);
  CHECK(f.serves_at(connected + 100ms + max_silence - 1ns));
  CHECK(!f.serves_at(connected + 100ms + max_silence));
  CHECK(!f.has_dropped());
}

TEST_CASE("tracked node: a late answer prolongs nothing") {
  Tracked f;
  f.node.link_is_up(7);
  f.answer_both(connected, connected + 2s);
  CHECK(!f.serves_at(connected + 2s));
}

TEST_CASE("tracked node: a lost link takes all with it, and fills need another node object") {
  Tracked f;
  f.node.link_is_up(7);
  const auto reads = f.node.reads(connected);
  f.answer_both(connected, connected);
  f.node.link_is_lost();
  CHECK(!f.serves_at(connected));
  CHECK(f.has_dropped());
  CHECK(f.node.reads(connected) == nullptr);
  CHECK(f.node.open_reads() == 0);
  f.node.link_is_up(9);
  CHECK(f.node.reads(connected) != reads);
  CHECK(f.node.open_reads() == 9);
}

TEST_CASE("tracked node: another connection for reads takes all with it") {
  Tracked f;
  f.node.link_is_up(7);
  CHECK(f.node.open_reads() == 7);
  CHECK(!f.has_dropped());
  CHECK(f.node.open_reads() == 7);
  CHECK(f.has_dropped());
}

TEST_CASE("tracked node: after a silence entries are gone if another could have taken over") {
  for (const bool replicated : {false, true}) {
    Tracked f;
    f.node.set_replicated(replicated);
    f.node.link_is_up(7);
    f.answer_both(connected, connected);
    f.answer_both(connected + 400ms, connected + 400ms);
    CHECK(!f.has_dropped());
    f.answer_both(connected + 2s, connected + 2s);
    CHECK(f.has_dropped() == replicated);
    CHECK(f.serves_at(connected + 2s));
  }
}

TEST_CASE("tracked node: when no connection can be opened, fills wait a while") {
  Tracked f;
  f.node.link_is_up(7);
  f.node.reads_failed(connected);
  CHECK(f.node.reads(connected + 10ms) == nullptr);
  CHECK(f.node.reads(connected + 1s) != nullptr);
}

TEST_CASE("tracked node: untracked, it is always good") {
  Tracked f;
  f.node.serve_untracked();
  f.node.reads_answered(connected, connected);
  CHECK(f.serves_at(connected + 24h));
  CHECK(f.node.reads(connected) != nullptr);
}

}  // namespace
}  // namespace cachekit::caching
