// What the near-cache knows of the answer to one request: all of it, some of the values of an MGET,
// or nothing.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "cachekit/value.h"
#include "client/caching/near_cache.h"

namespace cachekit::caching {

class NearAnswer {
 public:
  /// Looks the keys of a GET or an MGET up; of others nothing is known.
  static NearAnswer look(NearCache& near_cache, const Request& request);

  /// No node needs to be asked.
  bool is_whole() const { return kind_ == Kind::whole; }

  /// The node is to be asked for something else than the request: rest().
  bool is_part() const { return kind_ == Kind::part; }
  const Request& rest() const { return rest_; }

  /// The answer, once it is whole.
  Value take();

  /// The answer to the request, from the one to rest() if that was asked.
  Result<Value> complete(Result<Value> reply);

 private:
  enum class Kind : std::uint8_t { nothing, part, whole };

  Kind kind_ = Kind::nothing;
  Value value_;                    // of a GET
  Value::Array values_;            // of an MGET
  std::vector<std::size_t> open_;  // places among them of what rest_ asks for
  Request rest_;
  bool is_array_ = false;
};

}  // namespace cachekit::caching
