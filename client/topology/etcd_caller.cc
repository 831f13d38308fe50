#include "client/topology/etcd_caller.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cachekit::topology {
namespace {

using etcd::Refusal;
using etcd::Request;
using std::chrono::milliseconds;

// A token that was refused is asked for once more.
constexpr int token_rounds = 2;

milliseconds left_until(io::Time deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - io::Clock::now());
  return std::max(left, milliseconds(1));
}

}  // namespace

EtcdCaller::EtcdCaller(EtcdPlace place)
    : place_(std::move(place)),
      causes_(place_.members.size(), "not asked yet"),
      token_(place_.user.empty() ? std::optional<std::string>("") : std::nullopt) {}

Result<std::string> EtcdCaller::ask(const Request& request, io::Time deadline) {
  return call(request, Sending::often, deadline);
}

Result<std::string> EtcdCaller::change(const Request& request, io::Time deadline) {
  return call(request, Sending::once, deadline);
}

std::optional<std::string> EtcdCaller::token() const {
  const std::lock_guard lock(token_mutex_);
  return token_;
}

void EtcdCaller::set_token(std::optional<std::string> token) {
  const std::lock_guard lock(token_mutex_);
  token_ = std::move(token);
}

void EtcdCaller::forget_token() {
  if (!place_.user.empty()) set_token(std::nullopt);
}

Result<std::string> EtcdCaller::call(const Request& request, Sending sending, io::Time deadline) {
  const std::lock_guard lock(turn_);
  const io::Time began = io::Clock::now();
  if (away_) deadline = std::min(deadline, began + attempt_timeout);
  for (std::size_t tried = 0; tried < place_.members.size(); ++tried) {
    const io::Time now = io::Clock::now();
    if (tried > 0 && (interrupted_ || now >= deadline)) break;
    Outcome outcome = attempt(request, sending, std::min(deadline, now + attempt_timeout));
    away_ = !outcome.answer;
    if (outcome.answer) return *std::move(outcome.answer);
    causes_[current_] = std::move(outcome.cause);
    current_ = (current_ + 1) % place_.members.size();
    if (sending == Sending::once && outcome.may_be_executed) break;
  }
  return tl::unexpected(nobody_answers());
}

// Members are named in the order of the URL, with what each said last: as long as nothing changes,
// neither does the sentence, and whoever logs changes logs it once.
Status EtcdCaller::nobody_answers() const {
  std::string members;
  for (std::size_t i = 0; i < causes_.size(); ++i) {
    members += fmt::format("{}{} ({})", i > 0 ? ", " : "", place_.members[i], causes_[i]);
  }
  return {Code::unavailable, fmt::format("no member of etcd has answered: {}", members)};
}

EtcdCaller::Outcome EtcdCaller::attempt(const Request& request, Sending sending,
                                        io::Time deadline) {
  Outcome outcome;
  for (int round = 0; round < token_rounds; ++round) {
    std::optional<std::string> present = token();
    if (!present) {
      outcome = authenticate(deadline);
      if (!outcome.answer || !*outcome.answer) return outcome;
      present = **outcome.answer;
    }
    outcome = post(request, *present, sending, deadline);
    const bool refused = outcome.answer && !*outcome.answer &&
                         outcome.answer->error().code() == Code::unauthenticated;
    if (!refused || token()) return outcome;
  }
  return outcome;
}

EtcdCaller::Outcome EtcdCaller::authenticate(io::Time deadline) {
  Outcome outcome =
      post(etcd::token_request(place_.user, place_.password), "", Sending::often, deadline);
  if (!outcome.answer || !*outcome.answer) return outcome;
  // etcd without users answers an empty body here, see judge().
  const std::string& body = **outcome.answer;
  etcd::Read<std::string> token = body.empty() ? std::string() : etcd::read_token_answer(body);
  if (!token) return {.cause = fmt::format("its answer makes no sense: {}", token.error())};
  set_token(*token);
  return {.answer = *std::move(token)};
}

EtcdCaller::Outcome EtcdCaller::post(const Request& request, const std::string& token,
                                     Sending sending, io::Time deadline) {
  std::string body;
  const auto take = [&](std::string_view piece) {
    if (body.size() + piece.size() > etcd::max_answer_bytes) return false;
    body.append(piece);
    return true;
  };
  post_.prepare(place_.members[current_], request, token,
                sending == Sending::once ? HttpPost::Connection::own : HttpPost::Connection::kept,
                left_until(deadline), take);
  const CURLcode code = post_.perform();
  if (code == CURLE_OK && post_.status() == 200) return {.answer = std::move(body)};
  if (code != CURLE_OK) {
    return {.cause = curl_easy_strerror(code), .may_be_executed = post_.sent()};
  }
  const Refusal refusal = etcd::read_refusal(post_.status(), body);
  if (refusal.kind == Refusal::Kind::token) forget_token();
  return judge(refusal);
}

EtcdCaller::Outcome EtcdCaller::judge(const Refusal& refusal) const {
  const auto fail = [&](Code code) {
    return Outcome{.answer = tl::unexpected(Status(code, "etcd refuses: " + refusal.reason))};
  };
  switch (refusal.kind) {
    case Refusal::Kind::token:
    case Refusal::Kind::forbidden:
      return fail(Code::unauthenticated);
    case Refusal::Kind::unasked:
      return {.answer = std::string()};
    case Refusal::Kind::away:
      return {.cause = refusal.reason, .may_be_executed = true};
    case Refusal::Kind::other:
      break;
  }
  return fail(Code::server_error);
}

}  // namespace cachekit::topology
