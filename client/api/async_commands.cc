#include <memory>
#include <string>

#include "cachekit/async.h"
#include "client/api/decode.h"

namespace cachekit {

Deferred<std::vector<Value>> AsyncCommands::transaction(std::string_view key,
                                                        std::span<const Request> requests,
                                                        const TransactionOptions& options) {
  return {*client_,
          std::make_unique<api::AskedTransaction>(
              std::string(key), std::vector<Request>(requests.begin(), requests.end()), options),
          api::decode_exec};
}

}  // namespace cachekit
