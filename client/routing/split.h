// Commands on many keys that can be divided: one part for each shard, the answers merged. Pure.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/routing/route.h"

namespace cachekit::routing {

/// What one shard gets of a divided request.
struct Part {
  std::uint32_t shard = 0;
  Request request;
  std::vector<std::size_t> keys;  ///< Which of the whole's keys these are, in order.
};

/// MGET, MSET, DEL, UNLINK, EXISTS and TOUCH: what they do to one key does not depend on another.
bool can_split(const Route& route);

/// The answer to what is not divided. It has a value for each key, if that is what was asked for,
/// since whoever asked counts on it; fails with protocol_error otherwise.
Result<Value> whole_answer(const Route& route, Result<Value> answer);

/// Divides a request whose key number i lies on shards[i]; parts come in the order in which their
/// shards first appear. Fails with invalid_argument if a key lacks its value.
Result<std::vector<Part>> split(const Request& whole, const Route& route,
                                std::span<const std::uint32_t> shards);

/// The whole's answer: values in the order of its keys, counts added up, OK if all are OK. If a
/// part failed, its failure; where other parts of a write were executed, a failure that would say
/// that nothing was executed becomes outcome_unknown. Consumes the answers, one for each part.
Result<Value> merge(const Route& route, std::span<const Part> parts,
                    std::span<Result<Value>> answers);

}  // namespace cachekit::routing
