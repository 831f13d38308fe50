// The engine that talks to real nodes over sockets, on the calling threads: a job takes a
// connection of its node's pool while there are enough, and otherwise shares the node's channel.
//
// Thread rule: any thread.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string_view>

#include "cachekit/options.h"
#include "client/io/connection.h"
#include "client/io/engine.h"
#include "client/io/engine_context.h"
#include "client/io/parked_ticket.h"
#include "client/io/resolver.h"

namespace cachekit::io {

class SocketEngine final : public Engine {
 public:
  using Log = std::function<void(LogLevel, std::string_view)>;

  SocketEngine(ConnectionSettings settings, Log log);

  Time now() override { return Clock::now(); }
  void sleep_until(Time time) override;
  double random() override;
  using Engine::exchange;
  void exchange(std::span<Job* const> jobs, Time deadline) override;
  std::unique_ptr<Carrier> make_carrier(Time deadline) override;

  /// For others that talk to the same nodes.
  const EngineContext& context() const { return context_; }

  /// In two steps, for a thread that must not wait: sends the ticket's job on the connection that
  /// the callers of its node share; false, and nothing is done, if that is not open. Then, later,
  /// gives up the answers that are not there.
  bool post(ParkedTicket& ticket);
  void collect(ParkedTicket& ticket);

 private:
  void carry_one(Job& job, Time now, Time deadline);
  void report_failure(Node& node, const Status& failure);
  void report_success(Node& node);

  const ConnectionSettings settings_;
  const Log log_;
  Resolver resolver_;
  EngineContext context_;

  std::mutex random_mutex_;
  std::mt19937_64 random_;
};

}  // namespace cachekit::io
