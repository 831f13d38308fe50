// A primary that is still there, or comes back, when another may have its place; and a client
// beside it that goes on writing to it until some time after.

#include <csignal>
#include <thread>

#include "tests/chaos/faults/kinds.h"
#include "tests/chaos/faults/pinned_writer.h"

namespace cachekit::chaos {
namespace {

// The pinned client begins so long before, and goes on so long afterwards.
constexpr std::chrono::milliseconds writers_head_start{200};
constexpr std::chrono::seconds writers_aftermath{3};

class DeposedPrimary : public Fault {
 public:
  using Fault::Fault;

  Status strike(std::size_t shard) override {
    const std::string listed = scene().primary_of(shard);
    const std::size_t victim = scene().index_of(listed);
    PinnedWriter pinned(scene(), shard, listed);
    std::this_thread::sleep_for(writers_head_start);
    if (Status begun = begin(victim); !begun.ok()) return begun;
    note_strike(shard);
    std::this_thread::sleep_for(scene().strength.length);
    if (Status ended = end(victim); !ended.ok()) return ended;
    std::this_thread::sleep_for(writers_aftermath);
    pinned.stop();
    count_.acknowledged += pinned.count().acknowledged;
    count_.refused_by_deposed += pinned.count().refused_by_deposed;
    count_.acknowledged_by_deposed += pinned.count().acknowledged_by_deposed;
    return pinned.status();
  }

  void add_to(Report& report, Workload&, double) const override { count_.add_to(report); }

 private:
  virtual Status begin(std::size_t node) = 0;
  virtual Status end(std::size_t node) = 0;

  PinnedCount count_;
};

/// SIGSTOP and SIGCONT.
class Pause final : public DeposedPrimary {
 public:
  using DeposedPrimary::DeposedPrimary;

 private:
  Status begin(std::size_t node) override { return tell(node, SIGSTOP); }
  Status end(std::size_t node) override { return tell(node, SIGCONT); }

  Status tell(std::size_t node, int signal) const {
    const int pid = scene().cluster.nodes()[node].pid;
    if (pid != 0 && ::kill(pid, signal) == 0) return {};
    return {Code::unavailable, "a primary has ended that should have been paused"};
  }
};

/// Cut from everybody but the client beside it.
class Partition final : public DeposedPrimary {
 public:
  using DeposedPrimary::DeposedPrimary;

 private:
  Status begin(std::size_t node) override { return scene().network.cut(node); }
  Status end(std::size_t node) override { return scene().network.heal(node); }
};

/// Late, and with losses, for everybody but the client beside it. It need not be deposed.
class Delay final : public DeposedPrimary {
 public:
  using DeposedPrimary::DeposedPrimary;

 private:
  Status begin(std::size_t node) override {
    const Strength& strength = scene().strength;
    const test::Way way{.delay = strength.delay, .jitter = strength.jitter, .loss = strength.loss};
    return scene().network.disturb(node, {.to_target = way, .to_client = way});
  }
  Status end(std::size_t node) override { return scene().network.heal(node); }
};

}  // namespace

std::unique_ptr<Fault> make_pause(const Scene& scene) { return std::make_unique<Pause>(scene); }

std::unique_ptr<Fault> make_partition(const Scene& scene) {
  return std::make_unique<Partition>(scene);
}

std::unique_ptr<Fault> make_delay(const Scene& scene) { return std::make_unique<Delay>(scene); }

}  // namespace cachekit::chaos
