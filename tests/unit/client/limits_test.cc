// Rate limits and locks without a network: what counts allow, on virtual time.

#include <doctest/doctest.h>

#include <random>

#include "client/limits/bucket.h"
#include "client/limits/lock_terms.h"
#include "client/limits/replies.h"
#include "client/limits/windows.h"
#include "tests/support/seed.h"

namespace cachekit::limits {
namespace {

using namespace std::chrono_literals;

Verdict sliding(std::int64_t previous, std::int64_t others, std::int64_t permits,
                Milliseconds left) {
  return judge_sliding(
      {.limit = 10, .permits = permits, .count = others + permits, .previous = previous},
      {.number = 7, .length = 1000ms, .left = left});
}

/// A bucket as the server would hold it.
struct Bucket {
  std::int64_t limit;
  Milliseconds window;
  Microseconds now = 1'700'000'000'000'123us;
  std::optional<FullAt> state = {};
  Microseconds expires{0};

  Verdict take(std::int64_t permits) {
    if (state && now >= expires) state.reset();
    const BucketVerdict taken = limits::take(permits, limit, window, now, state);
    if (taken.verdict.allowed) {
      state = read_bucket_value(bucket_value(taken.full_at));
      expires = now + taken.expires;
    }
    return taken.verdict;
  }
};

TEST_CASE("windows begin at multiples of their length") {
  CHECK(window_at(0us, 1000ms).number == 0);
  CHECK(window_at(0us, 1000ms).left == 1000ms);
  CHECK(window_at(999'999us, 1000ms).number == 0);
  CHECK(window_at(999'999us, 1000ms).left == 1ms);
  CHECK(window_at(1s, 1000ms).number == 1);
  CHECK(window_at(-1us, 1000ms).number == -1);
  CHECK(window_at(-1us, 1000ms).left == 1ms);
}

TEST_CASE("a fixed window lets in as many as its limit") {
  CHECK(judge_fixed(3, 1, 2, 400ms) ==
        Verdict{.allowed = true, .remaining = 0, .retry_after = 0ms, .reset_after = 400ms});
  CHECK(judge_fixed(3, 1, 3, 400ms) ==
        Verdict{.allowed = false, .remaining = 0, .retry_after = 400ms, .reset_after = 400ms});
  CHECK(judge_fixed(3, 3, 1, 400ms).remaining == 2);
  CHECK(!judge_fixed(3, 3, 1, 400ms).allowed);
  CHECK(judge_fixed(3, 1, -9'000'000'000'000'000'000, 1ms).remaining == 2);
  CHECK(judge_fixed(1'000'000'000'000, 1'000'000'000'000, 0, 1ms).allowed);
}

TEST_CASE("a sliding window counts the share of the one before") {
  CHECK(sliding(0, 9, 1, 500ms).allowed);
  CHECK(!sliding(0, 10, 1, 500ms).allowed);
  CHECK(sliding(10, 4, 1, 500ms) ==
        Verdict{.allowed = true, .remaining = 0, .retry_after = 0ms, .reset_after = 1500ms});
  CHECK(!sliding(10, 5, 1, 500ms).allowed);
  CHECK(!sliding(10, 4, 1, 501ms).allowed);  // 5.01 weigh as much as 6
  CHECK(sliding(10, 4, 2, 500ms).remaining == 1);
  // What is about to be given back does not count beyond the limit, or below nothing.
  CHECK(sliding(1000, 0, 5, 500ms).allowed);
  CHECK(sliding(-5, 9, 1, 500ms).remaining == 0);
}

TEST_CASE("after retry_after the same call is let in, and not much before") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 5000; ++round) {
    const auto below = [&](std::int64_t bound) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
    };
    const std::int64_t previous = below(12);
    const std::int64_t others = below(12);
    const std::int64_t permits = 1 + below(10);
    const Milliseconds left(1 + below(1000));
    const Verdict now = sliding(previous, others, permits, left);
    CHECK(now.allowed == (now.retry_after == 0ms));
    if (now.allowed) continue;
    const auto at = [&](Milliseconds later) {
      if (later < left) return sliding(previous, others, permits, left - later).allowed;
      return sliding(others, 0, permits, 1000ms - (later - left)).allowed;
    };
    CAPTURE(previous);
    CAPTURE(others);
    CAPTURE(permits);
    CAPTURE(left.count());
    CHECK(now.retry_after <= left + 1000ms);
    if (now.retry_after < left + 1000ms) CHECK(at(now.retry_after));
    if (now.retry_after > 1ms) CHECK(!at(now.retry_after - 2ms));
  }
}

TEST_CASE("a bucket holds exactly its permits, then fills evenly") {
  for (const std::int64_t limit : {1, 3, 7, 10, 1000, 999'983}) {
    Bucket bucket{.limit = limit, .window = 1000ms};
    CAPTURE(limit);
    CHECK(bucket.take(limit).allowed);
    const Verdict refused = bucket.take(1);
    CHECK(!refused.allowed);
    CHECK(refused.remaining == 0);
    CHECK(refused.reset_after == 1000ms);
    bucket.now += refused.retry_after;
    CHECK(bucket.take(1).allowed);
    bucket.now += 2000ms;
    CHECK(bucket.take(1).remaining == limit - 1);
  }
}

TEST_CASE("single tokens come to the same as many at once") {
  Bucket bucket{.limit = 10, .window = 1000ms};
  for (int i = 9; i >= 0; --i) CHECK(bucket.take(1).remaining == i);
  CHECK(bucket.take(4).retry_after == 400ms);
  bucket.now += 399'999us;
  CHECK(!bucket.take(4).allowed);
  CHECK(bucket.take(3).allowed);
  bucket.now += 1us;
  CHECK(bucket.take(1).allowed);
  CHECK(!bucket.take(1).allowed);
  // Over a long time the rate is held to the token.
  std::int64_t allowed = 0;
  for (int i = 0; i < 10'000; ++i) {
    bucket.now += 1ms;
    allowed += bucket.take(1).allowed ? 1 : 0;
  }
  CHECK(allowed == 100);
}

TEST_CASE("a clock that goes back empties no bucket further") {
  Bucket bucket{.limit = 10, .window = 1000ms};
  CHECK(bucket.take(10).allowed);
  bucket.now -= 5s;
  CHECK(bucket.take(1).retry_after == 100ms);
}

TEST_CASE("a bucket's value is a time and nothing else") {
  CHECK(read_bucket_value("1700000000000000000") == FullAt(1'700'000'000'000'000'000));
  for (const char* text : {"", "-1", "0", "1 ", "1x", "x", "99999999999999999999"}) {
    CHECK_FALSE(read_bucket_value(text).has_value());
  }
}

TEST_CASE("answers within a transaction") {
  const auto text = [](const char* of) { return Value(std::string(of)); };
  CHECK(*time_of(Value(Value::Array{text("12"), text("345")})) == 12'000'345us);
  CHECK(!time_of(Value(Value::Array{text("12"), text("x")})));
  CHECK(!time_of(Value(Value::Array{text("12")})));
  CHECK(time_of(text("12")).error().code() == Code::protocol_error);
  CHECK(*count_of(Value(), "k") == 0);
  CHECK(*count_of(text("-3"), "k") == -3);
  CHECK(*count_of(text("9223372036854775807"), "k") == std::int64_t{1} << 62);
  CHECK(count_of(text("3.5"), "k").error().code() == Code::server_error);
  const auto code = [](const char* error) {
    return integer_of(Value(Value::ErrorText{error})).error().code();
  };
  CHECK(code("WRONGTYPE no") == Code::wrong_type);
  CHECK(code("OOM full") == Code::out_of_memory);
  CHECK(code("ERR increment or decrement would overflow") == Code::server_error);
  CHECK(integer_of(text("1")).error().code() == Code::protocol_error);
  CHECK(random_token().size() == 32);
  CHECK(random_token() != random_token());
}

TEST_CASE("what a lock's holder can be sure of") {
  CHECK(certain_part_of(10'000ms) == 9898ms);
  CHECK(certain_part_of(10ms) == 8ms);
  CHECK(epoch_in("primary 3") == 3U);
  for (const char* line : {"", "primary", "primary ", "primary x", "primary 3 ", "replica 3"}) {
    CHECK_FALSE(epoch_in(line).has_value());
  }
}

}  // namespace
}  // namespace cachekit::limits
