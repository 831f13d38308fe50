#include "client/api/asked.h"

#include <memory>
#include <variant>

#include "client/routing/routed_transaction.h"

namespace cachekit::api {
namespace {

using TransactionPointer = std::unique_ptr<AskedTransaction>;

}  // namespace

std::size_t bytes_of(const Asked& asked) {
  if (const auto* request = std::get_if<Request>(&asked)) return request->bytes();
  const AskedTransaction& transaction = **std::get_if<TransactionPointer>(&asked);
  std::size_t bytes = transaction.key.size();
  for (const Request& request : transaction.requests) bytes += request.bytes();
  return bytes;
}

void begin_near(caching::NearCache& near_cache, const Asked& asked) {
  if (const auto* request = std::get_if<Request>(&asked)) return near_cache.begin_request(*request);
  const AskedTransaction& transaction = **std::get_if<TransactionPointer>(&asked);
  near_cache.begin_transaction(transaction.key, transaction.requests);
}

void end_near(caching::NearCache& near_cache, const Asked& asked) {
  if (const auto* request = std::get_if<Request>(&asked)) return near_cache.end_request(*request);
  const AskedTransaction& transaction = **std::get_if<TransactionPointer>(&asked);
  near_cache.end_transaction(transaction.key, transaction.requests);
}

void report_unrouted(const routing::Observers& observers, const Asked& asked, io::Time began,
                     io::Time ended, Code code) {
  const auto* const request = std::get_if<Request>(&asked);
  const Request transaction{routing::RoutedTransaction::name};
  routing::report_unrouted(observers, request != nullptr ? *request : transaction, began, ended,
                           code);
}

}  // namespace cachekit::api
