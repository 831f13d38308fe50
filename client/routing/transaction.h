// Commands that a node executes as one: MULTI, the commands, EXEC, in one job. A job's requests
// stand side by side in the stream of a connection, whoever shares it, so nothing comes in between;
// and if the connection ends before EXEC, the node forgets them. Pure.
//
// The retry rule sees a transaction as one command that must never be repeated on suspicion, unless
// it only reads: the answers of a job are folded into one, of which EXEC decides whether it may
// have been executed.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/io/engine.h"
#include "client/routing/cluster_view.h"
#include "client/routing/route.h"

namespace cachekit::routing {

class Transaction {
 public:
  /// On the shard of `key`. Fails with invalid_argument if there are no requests, if one has been
  /// refused when it was made or would change the state of a connection, or if one names a key of
  /// another shard. The requests must outlive it.
  static Result<Transaction> plan(const ClusterView& view, std::string_view key,
                                  std::span<const Request> requests);

  /// All keys, as one command that changes them; never sent.
  const Request& keys() const { return keys_; }
  const Route& route() const { return route_; }

  bool only_reads() const { return route_.retry == protocol::Retry::read; }

  /// What is sent, as long as this object stays where it is.
  std::vector<io::Call> calls() const;

  /// The answer of the whole: an array of the commands' answers, or what kept it from being
  /// executed. `calls` are those from above.
  static io::Answer answer_of(std::span<io::Call> calls);

 private:
  Request multi_{"MULTI"};
  Request exec_{"EXEC"};
  std::span<const Request> requests_;
  Request keys_;
  Route route_;
};

}  // namespace cachekit::routing
