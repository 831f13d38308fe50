// The life of an event loop, without connections.

#include "client/loop/event_loop.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "client/io/engine_context.h"

namespace cachekit::loop {
namespace {

struct Context {
  io::ConnectionSettings settings;
  io::Resolver resolver;
  io::EngineContext context{.settings = settings,
                            .resolver = resolver,
                            .node_failed = [](io::Node&, const Status&) {},
                            .node_answered = [](io::Node&) {}};
};

/// Keeps its loop turning until it is told to leave off.
struct Restless final : Posted {
  explicit Restless(EventLoop& of) : loop(of) {}
  void run() override {
    runs.fetch_add(1);
    if (!leaves_off.load()) return loop.post(*this);
    gone.store(true);
  }

  EventLoop& loop;
  std::atomic<int> runs{0};
  std::atomic<bool> leaves_off{false};
  std::atomic<bool> gone{false};
};

TEST_CASE("a loop can be ended at any moment of its turns") {
  Context context;
  for (int round = 0; round < 1000; ++round) {
    auto loop = std::make_unique<EventLoop>(context.context);
    Restless restless(*loop);
    loop->post(restless);
    while (restless.runs.load() < 10) std::this_thread::yield();
    restless.leaves_off.store(true);
    loop.reset();
    CHECK(restless.gone.load());
  }
}

}  // namespace
}  // namespace cachekit::loop
