#include "client/routing/retry.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/routing/error_reply.h"

namespace cachekit::routing {
namespace {

using io::Answer;
using protocol::Retry;

/// Doubling stops here; the limit of the pause was reached long before.
constexpr int most_doublings = 20;

bool refused(const Answer& answer) {
  const auto* error = answer.reply.get_if<Value::ErrorText>();
  return error != nullptr && was_refused(error->text);
}

std::string reason_of(const Answer& answer) {
  const auto* error = answer.reply.get_if<Value::ErrorText>();
  return error != nullptr ? "the node answered " + error->text : answer.failure.message();
}

}  // namespace

RetryPolicy retry_policy_of(const ClientOptions& options) {
  return {.max_attempts = options.max_attempts,
          .backoff_base = options.backoff_base,
          .backoff_limit = options.backoff_limit,
          .retry_same_state = options.retry_same_state,
          .retry_share = options.retry_share,
          .read_attempt_timeout = options.read_attempt_timeout,
          .write_replicas = options.write_replicas,
          .write_replicas_timeout = options.write_replicas_timeout};
}

Verdict judge(const Answer& answer, Retry retry, const RetryPolicy& policy) {
  switch (answer.kind) {
    case Answer::Kind::replied:
      return refused(answer) ? Verdict::try_again : Verdict::deliver;
    case Answer::Kind::unreadable:
      return Verdict::deliver;
    case Answer::Kind::not_sent:
      return answer.failure.code() == Code::unauthenticated ? Verdict::deliver : Verdict::try_again;
    case Answer::Kind::unanswered:
      break;
  }
  const bool repeatable =
      retry == Retry::read || (retry == Retry::same_state && policy.retry_same_state);
  return repeatable ? Verdict::try_again : Verdict::outcome_unknown;
}

bool may_have_been_executed(const Answer& answer) {
  return answer.kind != Answer::Kind::not_sent && !refused(answer);
}

std::optional<io::Time> next_attempt(const RetryPolicy& policy, int attempts_made,
                                     std::size_t nodes, io::Time now, io::Time deadline,
                                     double random) {
  if (attempts_made >= policy.max_attempts || now >= deadline) return std::nullopt;
  if (static_cast<std::size_t>(attempts_made) < nodes) return now;
  const io::Duration bound =
      std::min(policy.backoff_base * (std::int64_t{1} << std::min(attempts_made, most_doublings)),
               policy.backoff_limit);
  const auto pause = std::chrono::duration_cast<io::Duration>(bound * random);
  if (now + pause >= deadline) return std::nullopt;
  return now + pause;
}

Status concern_of(const Answer& wait, int wanted) {
  const auto* count = wait.reply.get_if<std::int64_t>();
  if (count != nullptr && *count >= wanted) return {};
  return Status(
      Code::concern_not_met,
      count != nullptr
          ? fmt::format("executed, and confirmed by {} of {} replicas", *count, wanted)
          : fmt::format("executed, and it is not known by how many replicas it was confirmed: {}",
                        reason_of(wait)));
}

Code code_of(const Answer& answer) {
  if (answer.kind != Answer::Kind::replied) return answer.failure.code();
  const auto* error = answer.reply.get_if<Value::ErrorText>();
  if (error == nullptr) return Code::ok;
  return was_refused(error->text) ? Code::unavailable : status_of_error(error->text).code();
}

Result<Value> result_of(Answer& answer) {
  if (answer.kind != Answer::Kind::replied) return tl::unexpected(std::move(answer.failure));
  if (const auto* error = answer.reply.get_if<Value::ErrorText>()) {
    return tl::unexpected(status_of_error(error->text));
  }
  return std::move(answer.reply);
}

Status outcome_unknown(const Answer& answer) {
  return Status(Code::outcome_unknown,
                "the command was sent but not answered: " + reason_of(answer));
}

Status abandoned(const Status& why, bool maybe_executed) {
  if (!maybe_executed) return why;
  return Status(Code::outcome_unknown, "the command may have been executed: " + why.message());
}

Status given_up(const Answer& last, bool maybe_executed, int attempts_made) {
  const bool too_late = last.failure.code() == Code::deadline_exceeded;
  const Code code = maybe_executed ? Code::outcome_unknown
                    : too_late     ? Code::deadline_exceeded
                                   : Code::unavailable;
  return Status(code, fmt::format("{} (attempt {})", reason_of(last), attempts_made));
}

}  // namespace cachekit::routing
