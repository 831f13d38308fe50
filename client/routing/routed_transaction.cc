#include "client/routing/routed_transaction.h"

#include <algorithm>
#include <utility>

#include "client/api/refuse.h"

namespace cachekit::routing {
namespace {

Result<Transaction> planned(const ClusterView& view, std::string_view key,
                            std::span<const Request> requests, std::optional<int> write_replicas) {
  if (write_replicas.value_or(0) < 0) {
    return refuse("a transaction was given a write concern of less than 0");
  }
  return Transaction::plan(view, key, requests);
}

RetryPolicy policy_of(const RetryPolicy& usual, const Result<Transaction>& transaction,
                      std::optional<int> write_replicas) {
  RetryPolicy policy = usual;
  if (write_replicas) policy.write_replicas = *write_replicas;
  if (!transaction || transaction->only_reads()) policy.write_replicas = 0;
  return policy;
}

}  // namespace

RoutedTransaction::RoutedTransaction(const RoutingTerms& terms, io::Environment& environment,
                                     std::string_view key, std::span<const Request> requests,
                                     std::optional<int> write_replicas, io::Time began,
                                     io::Time deadline)
    : observers_(terms.observers),
      view_(terms.views.get()),
      transaction_(planned(*view_, key, requests, write_replicas)),
      policy_(policy_of(terms.policy, transaction_, write_replicas)),
      report_(terms.observers, began),
      batch_(environment, policy_, commands(), deadline) {
  if (!transaction_) return;
  batch_.add_lane(view_->nodes_of(view_->shard_of(key)));
  batch_.follow(terms.views, view_);
  if (terms.preference != nullptr) batch_.prefer(*terms.preference);
  report_.look_at(transaction_->keys(), transaction_->route());
  report_.follow(batch_);
}

std::span<Command> RoutedTransaction::commands() {
  if (!transaction_) return {};
  command_[0].request = &transaction_->keys();
  command_[0].route = transaction_->route();
  command_[0].transaction = &*transaction_;
  return command_;
}

Result<Value> RoutedTransaction::result() {
  if (!transaction_) {
    const Status& refusal = transaction_.error();
    report_unrouted(observers_, Request{name}, report_.began(), report_.began(), refusal.code());
    return tl::unexpected(refusal);
  }
  Command& command = command_[0];
  report_.end(std::max(report_.began(), batch_.last_event()));
  report_.note({.request = command.request,
                .route = &command.route,
                .code = command.result ? Code::ok : command.result.error().code(),
                .name = name});
  report_.finish();
  return std::move(command.result);
}

}  // namespace cachekit::routing
