// A loop's connections to one node: one that jobs share, and some that carry one job at a time.
//
// Thread rule: the loop's thread.

#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "client/io/node.h"
#include "client/loop/alarms.h"
#include "client/loop/errand.h"
#include "client/loop/line.h"

namespace cachekit::loop {

class NodeLines final : private Alarm {
 public:
  NodeLines(EventLoop& loop, std::shared_ptr<io::Node> node);

  void carry(Errand& errand);
  void abandon(Errand& errand, const Status& why);
  void look_at_demotions();

  /// Nothing is under way, and nobody else knows the node.
  bool is_forgotten() const;

 private:
  Line* find_free_line();
  void serve_waiting();
  void set_alarm();
  void ring() override;
  template <class WhyOver>
  void end_waiting(WhyOver why_over);

  EventLoop& loop_;
  const std::shared_ptr<io::Node> node_;
  Line shared_;
  std::vector<std::unique_ptr<Line>> single_;
  std::deque<Errand*> waiting_;  // for one of those
};

}  // namespace cachekit::loop
