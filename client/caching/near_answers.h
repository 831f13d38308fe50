// What the near-cache answers of several requests, and what is left for the nodes.
//
// Thread rule: one thread at a time.

#pragma once

#include <span>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "cachekit/value.h"
#include "client/caching/near_answer.h"

namespace cachekit::caching {

class NearAnswers {
 public:
  /// Looks up what can be, see NearCache::look(), but for keys that these requests write.
  NearAnswers(NearCache& near_cache, std::vector<Request> requests);

  /// To be asked, in their order: the requests of which the cache does not know all.
  std::span<const Request> rest() const { return rest_; }

  /// One answer for each request, with the replies to the rest.
  std::vector<Result<Value>> complete(std::vector<Result<Value>> replies);

 private:
  std::vector<NearAnswer> answers_;
  std::vector<Request> rest_;
};

}  // namespace cachekit::caching
