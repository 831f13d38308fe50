// The jobs of one call on real connections: those that share their node's channel, and those that
// have a connection alone.
//
// A thread can wait for one channel only, or for all connections of its own together. With more
// than one of these under way it gives each a turn; whoever reads a channel meanwhile hands out the
// answers of its other jobs, too.
//
// Thread rule: one thread at a time.

#pragma once

#include <list>
#include <vector>

#include "client/io/engine.h"
#include "client/io/engine_context.h"
#include "client/io/exchange.h"
#include "client/io/parked_ticket.h"

namespace cachekit::io {

class SocketCarrier final : public Carrier {
 public:
  SocketCarrier(const EngineContext& context, Time deadline)
      : context_(context), deadline_(deadline), alone_(context, deadline) {}
  ~SocketCarrier() override;

  void carry(Job& job) override;
  std::vector<Job*> wait(Time until) override;
  void abandon(Job& job) override;

 private:
  void collect_finished(std::vector<Job*>& over);
  void take_turn(Time until, std::vector<Job*>& over);
  void await_first(Time until, std::vector<Job*>& over);
  Status superseded(const Job& job) const;

  const EngineContext& context_;
  const Time deadline_;
  Exchange alone_;
  std::list<ParkedTicket> shared_;  // the one whose turn is next at the front
  bool turn_of_alone_ = true;
};

}  // namespace cachekit::io
