#include <utility>

#include "cachekit/scan.h"
#include "client/api/client_state.h"
#include "client/api/key_walk.h"

namespace cachekit {

KeyScan::KeyScan(api::ClientState& client, ScanOptions options)
    : client_(&client), options_(std::move(options)), walk_(std::make_unique<api::KeyWalk>()) {}
KeyScan::KeyScan(KeyScan&&) noexcept = default;
KeyScan& KeyScan::operator=(KeyScan&&) noexcept = default;
KeyScan::~KeyScan() = default;

Result<std::vector<std::string>> KeyScan::next() {
  if (done()) return std::vector<std::string>();
  const auto [node, cursor] = walk_->step(client_->router().view());
  const auto operation = operations::scan(cursor, options_);
  Result<Value> reply = client_->call_on(node, operation.request);
  if (!reply) return tl::unexpected(std::move(reply.error()));
  Result<ScanPage<std::string>> page = operation.decode(*std::move(reply));
  if (!page) return tl::unexpected(std::move(page.error()));
  return walk_->take(*std::move(page));
}

bool KeyScan::done() const { return walk_->done(); }

}  // namespace cachekit
