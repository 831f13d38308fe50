#include "client/routing/transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/api/refuse.h"
#include "client/routing/error_reply.h"

namespace cachekit::routing {
namespace {

const Value::ErrorText* error_of(const io::Answer& answer) {
  return answer.kind == io::Answer::Kind::replied ? answer.reply.get_if<Value::ErrorText>()
                                                  : nullptr;
}

/// EXEC tells that it has executed nothing; which error was the reason, an earlier answer tells.
io::Answer reason_of_abort(std::span<io::Call> calls) {
  constexpr std::string_view at_exec = "EXECABORT Transaction discarded because of: ";
  io::Answer& last = calls.back().answer;
  const std::string& text = error_of(last)->text;
  const auto first =
      std::ranges::find_if(calls, [](const io::Call& call) { return error_of(call.answer); });
  if (&*first != &calls.back()) return std::move(first->answer);
  if (text.starts_with(at_exec)) last.reply = Value(Value::ErrorText{text.substr(at_exec.size())});
  return std::move(last);
}

}  // namespace

Result<Transaction> Transaction::plan(const ClusterView& view, std::string_view key,
                                      std::span<const Request> requests) {
  if (requests.empty()) return refuse("a transaction needs at least one command");
  Transaction transaction;
  transaction.requests_ = requests;
  transaction.keys_.add(key);
  const std::uint32_t shard = view.shard_of(key);
  bool may_share = true;
  bool only_reads = true;
  for (const Request& request : requests) {
    const Result<Route> route = route_to_node(request);
    if (!route) return tl::unexpected(route.error());
    may_share = may_share && route->spec != nullptr;
    only_reads = only_reads && !route->writes;
    for (std::size_t i = 0; i < route->keys.count; ++i) {
      const std::string_view named = request[key_position(route->keys, i)];
      if (view.shard_of(named) != shard) {
        return refuse(
            fmt::format("'{}', a key of {}, lies on another shard than '{}', the key of the "
                        "transaction; give them one {{tag}} to keep them together",
                        named, request[0], key));
      }
      transaction.keys_.add(named);
    }
  }
  transaction.route_ = {.spec = may_share ? protocol::find_command("EXEC") : nullptr,
                        .keys = {.first = 0, .count = transaction.keys_.size(), .step = 1},
                        .retry = only_reads ? protocol::Retry::read : protocol::Retry::never,
                        .writes = true};  // so that it goes to the primary
  return transaction;
}

std::vector<io::Call> Transaction::calls() const {
  std::vector<io::Call> calls(requests_.size() + 2);
  calls.front().request = &multi_;
  for (std::size_t i = 0; i < requests_.size(); ++i) calls[i + 1].request = &requests_[i];
  calls.back().request = &exec_;
  return calls;
}

io::Answer Transaction::answer_of(std::span<io::Call> calls) {
  // A node that refuses MULTI and nothing else has executed the commands one by one: that must not
  // be repeated, whatever became of EXEC.
  io::Answer& begun = calls.front().answer;
  const auto executed_alone = [](const io::Call& call) {
    return call.answer.kind == io::Answer::Kind::replied && error_of(call.answer) == nullptr;
  };
  if (error_of(begun) != nullptr && std::ranges::any_of(calls, executed_alone)) {
    return {.kind = io::Answer::Kind::unreadable,
            .reply = {},
            .failure = status_of_error(error_of(begun)->text)};
  }
  io::Answer& last = calls.back().answer;
  if (error_of(last) != nullptr) return reason_of_abort(calls);
  if (last.kind != io::Answer::Kind::replied) return std::move(last);
  const auto* const answers = last.reply.get_if<Value::Array>();
  if (answers != nullptr && answers->size() == calls.size() - 2) return std::move(last);
  return {
      .kind = io::Answer::Kind::unreadable,
      .reply = {},
      .failure = Status(Code::protocol_error,
                        fmt::format("EXEC of {} commands was answered by {}", calls.size() - 2,
                                    answers != nullptr ? fmt::format("{} answers", answers->size())
                                                       : last.reply.text()))};
}

}  // namespace cachekit::routing
