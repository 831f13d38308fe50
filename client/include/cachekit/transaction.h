// Commands on keys of one shard that a node executes as one: Client::transaction,
// AsyncCommands::transaction.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cachekit/operation.h"

namespace cachekit {

struct TransactionOptions {
  /// The write concern instead of ClientOptions::write_replicas.
  std::optional<int> write_replicas = {};
};

namespace api {

/// One that is kept until it can be sent.
struct AskedTransaction {
  std::string key;
  std::vector<Request> requests;
  TransactionOptions options;
};

}  // namespace api
}  // namespace cachekit
