// An engine without sockets, on virtual time: its nodes execute commands on a map, or misbehave as
// a test has told them to.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/io/engine.h"
#include "client/io/node.h"

namespace cachekit::test {

class FakeEngine final : public io::Engine {
 public:
  /// What a node does with one job.
  using Behaviour = std::function<void(io::Job&)>;

  io::Time now() override { return now_; }
  void sleep_until(io::Time time) override;
  double random() override { return 0.5; }
  using Engine::exchange;
  void exchange(std::span<io::Job* const> jobs, io::Time deadline) override;
  std::unique_ptr<io::Carrier> make_carrier(io::Time deadline) override;

  /// The node's next jobs meet these behaviours, one after the other; later ones are executed.
  void script(const std::string& node, std::deque<Behaviour> behaviours);

  /// Every job without a script meets this one; executes() unless a test says otherwise.
  void set_default(Behaviour behaviour) { default_ = std::move(behaviour); }

  Behaviour executes();
  Behaviour unreachable();
  Behaviour answers(std::string error);
  Behaviour hangs();           ///< Takes all requests, executes none, and half a second goes by.
  Behaviour never_connects();  ///< Takes nothing until the call's time is over.
  /// Answers `answered` calls, executes `executed` in all, has taken `taken`, then closes.
  Behaviour breaks(std::size_t answered, std::size_t executed, std::size_t taken);

  /// GET, SET, INCR, DEL, MGET on one map for all nodes.
  Value execute(const Request& request);

  /// What was executed, in order; the same in words, as in "GET a; SET b 1; ".
  const std::vector<const Request*>& executed() const { return executed_; }
  const std::string& history() const { return history_; }
  /// Jobs that were given up since nobody wanted their answers.
  int abandoned() const { return abandoned_; }
  /// How many jobs a node got.
  int jobs_at(const std::string& node) { return jobs_[node]; }
  io::Duration elapsed() const { return now_ - started_; }

  std::map<std::string, std::string>& data() { return data_; }

 private:
  class Carrier;

  void meet(io::Job& job);

  static constexpr io::Time started_{std::chrono::hours(1)};

  io::Time now_ = started_;
  std::map<std::string, std::deque<Behaviour>> scripts_;
  Behaviour default_;
  std::map<std::string, int> jobs_;
  int abandoned_ = 0;
  std::map<std::string, std::string> data_;
  std::vector<const Request*> executed_;
  std::string history_;
};

}  // namespace cachekit::test
