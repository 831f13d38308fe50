#include "client/routing/retry.h"

#include <doctest/doctest.h>

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;
using cachekit::io::Answer;
using cachekit::io::Time;
using cachekit::protocol::Retry;

const RetryPolicy careful;
const RetryPolicy bold{.retry_same_state = true};
const Time start{1h};
const Time far = start + 1h;

Answer answer(Answer::Kind kind, Code code = Code::unavailable) {
  return {.kind = kind, .reply = {}, .failure = Status(code, "because")};
}

Answer replied(Value value) {
  return {.kind = Answer::Kind::replied, .reply = std::move(value), .failure = {}};
}

Answer error(const char* text) { return replied(Value(Value::ErrorText{text})); }

constexpr Retry every_class[] = {Retry::read, Retry::same_state, Retry::never};

TEST_CASE("what was not sent is tried again, whatever it is") {
  for (const Retry retry : every_class) {
    CHECK(judge(answer(Answer::Kind::not_sent), retry, careful) == Verdict::try_again);
    CHECK(judge(error("LOADING wait"), retry, careful) == Verdict::try_again);
    CHECK(judge(error("READONLY replica"), retry, careful) == Verdict::try_again);
  }
}

TEST_CASE("what was sent and not answered is tried again only if that is harmless") {
  const Answer lost = answer(Answer::Kind::unanswered);
  CHECK(judge(lost, Retry::read, careful) == Verdict::try_again);
  CHECK(judge(lost, Retry::same_state, careful) == Verdict::outcome_unknown);
  CHECK(judge(lost, Retry::never, careful) == Verdict::outcome_unknown);
  CHECK(judge(lost, Retry::same_state, bold) == Verdict::try_again);
  CHECK(judge(lost, Retry::never, bold) == Verdict::outcome_unknown);
}

TEST_CASE("answers are delivered, and so are unreadable ones and refused credentials") {
  for (const Retry retry : every_class) {
    CHECK(judge(replied(Value()), retry, bold) == Verdict::deliver);
    CHECK(judge(error("ERR no such thing"), retry, bold) == Verdict::deliver);
    CHECK(judge(answer(Answer::Kind::unreadable, Code::protocol_error), retry, bold) ==
          Verdict::deliver);
    CHECK(judge(answer(Answer::Kind::not_sent, Code::unauthenticated), retry, bold) ==
          Verdict::deliver);
  }
}

TEST_CASE("only what was handed over and not refused may have been executed") {
  CHECK(!may_have_been_executed(answer(Answer::Kind::not_sent)));
  CHECK(!may_have_been_executed(error("TRYAGAIN moving")));
  CHECK(may_have_been_executed(answer(Answer::Kind::unanswered)));
  CHECK(may_have_been_executed(replied(Value())));
}

TEST_CASE("the bound of the pause doubles up to its limit") {
  const auto pause = [](int attempts) {
    return *next_attempt(careful, attempts, 1, start, far, 0.999'999) - start;
  };
  CHECK(pause(1) > 9'990us);
  CHECK(pause(1) < 10ms);
  CHECK(pause(2) > 19'990us);
  CHECK(pause(2) < 20ms);
  CHECK(pause(3) < 40ms);
  CHECK(pause(7) > 99'990us);
  CHECK(pause(7) < 100ms);
}

TEST_CASE("jitter is full: the pause may be next to nothing") {
  CHECK(*next_attempt(careful, 5, 1, start, far, 0.0) == start);
  CHECK(*next_attempt(careful, 3, 1, start, far, 0.5) == start + 20ms);
}

TEST_CASE("a node not tried yet is tried at once") {
  CHECK(*next_attempt(careful, 1, 3, start, far, 0.9) == start);
  CHECK(*next_attempt(careful, 2, 3, start, far, 0.9) == start);
  CHECK(*next_attempt(careful, 3, 3, start, far, 0.9) > start);
}

TEST_CASE("attempts and time both run out") {
  CHECK(next_attempt(careful, 7, 1, start, far, 0.5).has_value());
  CHECK(!next_attempt(careful, 8, 1, start, far, 0.5).has_value());
  CHECK(!next_attempt(careful, 8, 9, start, far, 0.5).has_value());
  CHECK(!next_attempt(careful, 1, 1, start, start, 0.0).has_value());
  CHECK(!next_attempt(careful, 1, 1, start, start + 5ms, 0.9).has_value());
  CHECK(!next_attempt(careful, 1, 2, start, start, 0.0).has_value());
}

TEST_CASE("huge options do not overflow the pause") {
  const RetryPolicy patient{.max_attempts = 1000, .backoff_base = 100ms, .backoff_limit = 1h};
  CHECK(*next_attempt(patient, 500, 1, start, start + 2h, 0.5) == start + 30min);
}

TEST_CASE("delivered errors have the code of their text") {
  Answer wrong_type = error("WRONGTYPE Operation against a key");
  CHECK(result_of(wrong_type).error().code() == Code::wrong_type);
  Answer unreadable = answer(Answer::Kind::unreadable, Code::limit_exceeded);
  CHECK(result_of(unreadable).error().code() == Code::limit_exceeded);
  Answer value = replied(Value(std::int64_t{3}));
  CHECK(*result_of(value) == Value(std::int64_t{3}));
}

TEST_CASE("giving up says why and after how many attempts") {
  const Status dead = given_up(answer(Answer::Kind::not_sent), false, 8);
  CHECK(dead.text() == "unavailable: because (attempt 8)");
  CHECK(given_up(answer(Answer::Kind::not_sent, Code::deadline_exceeded), false, 1).code() ==
        Code::deadline_exceeded);
  CHECK(given_up(error("LOADING wait"), false, 2).text() ==
        "unavailable: the node answered LOADING wait (attempt 2)");
  CHECK(given_up(answer(Answer::Kind::not_sent), true, 2).code() == Code::outcome_unknown);
}

}  // namespace
}  // namespace cachekit::routing
