// What a loader writes into the cache, and when it is fresh: no network, virtual time.

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>

#include "cachekit/typed.h"
#include "client/loading/entry.h"
#include "client/loading/freshness.h"
#include "tests/support/seed.h"

namespace cachekit::loading {
namespace {

using namespace std::chrono_literals;

constexpr Time now = 1'700'000'000'000ms;

std::string bytes_of(Kind kind, std::string_view body, std::uint32_t random = 7) {
  return entry_bytes(
      {.kind = kind, .expires = now + 60s, .lifetime = 60s, .load_time = 1234us, .body = body},
      random);
}

Entry value_with(Milliseconds left, Microseconds load_time = 0us) {
  return {.kind = Kind::value, .expires = now + left, .lifetime = 100s, .load_time = load_time};
}

TEST_CASE("an entry is read as it was written") {
  for (const Kind kind : {Kind::value, Kind::absent, Kind::lease}) {
    const std::string bytes = bytes_of(kind, "some bytes");
    CHECK(bytes.size() == entry_header_bytes + 10);
    const Entry entry = read_entry(bytes);
    CHECK(entry.kind == kind);
    CHECK(entry.expires == now + 60s);
    CHECK(entry.lifetime == 60s);
    CHECK(entry.load_time == 1234us);
    CHECK(entry.body == "some bytes");
  }
  CHECK(read_entry(bytes_of(Kind::value, "")).body.empty());
}

TEST_CASE("entries of the same value at the same time differ") {
  CHECK(bytes_of(Kind::value, "v", 1) != bytes_of(Kind::value, "v", 2));
}

TEST_CASE("a load time beyond an hour counts as an hour") {
  const Entry entry{.kind = Kind::value, .expires = now, .lifetime = 1s, .load_time = 100h};
  CHECK(read_entry(entry_bytes(entry, 1)).load_time == 1h);
}

TEST_CASE("what others have written is theirs") {
  CHECK(read_entry("").kind == Kind::raw);
  CHECK(read_entry("{\"page\": 1}").body == "{\"page\": 1}");
  CHECK(read_entry("\xc1").kind == Kind::raw);
  const std::string typed = *to_bytes(std::string("typed"));
  CHECK(read_entry(typed).kind == Kind::raw);
  CHECK(read_entry(typed).body == typed);
}

TEST_CASE("an entry that is cut off or changed anywhere is damaged, or somebody else's") {
  const std::string bytes = bytes_of(Kind::value, "some bytes");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Kind kind = read_entry(std::string_view(bytes).substr(0, size)).kind;
    CHECK(kind == (size < 2 ? Kind::raw : Kind::damaged));
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    CHECK(read_entry(changed).kind == (at < 2 ? Kind::raw : Kind::damaged));
  }
}

TEST_CASE("random bytes behind the magic are damaged and do no harm") {
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = "\xc1L";
    bytes.resize(2 + random() % 60);
    for (std::size_t at = 2; at < bytes.size(); ++at) bytes[at] = static_cast<char>(random());
    CHECK(read_entry(bytes).kind == Kind::damaged);
  }
}

TEST_CASE("times that nobody writes are damaged") {
  Entry entry{.kind = Kind::value, .expires = Time(-1), .lifetime = 1s};
  CHECK(read_entry(entry_bytes(entry, 1)).kind == Kind::damaged);
  entry = {.kind = Kind::value, .expires = now, .lifetime = Milliseconds::max()};
  CHECK(read_entry(entry_bytes(entry, 1)).kind == Kind::damaged);
}

TEST_CASE("what was found is served, loaded anew, or waited for") {
  const LoaderOptions plain{.early_refresh_beta = 0};
  CHECK(judge(value_with(1ms), plain, now, 0.5) == Verdict::serve);
  CHECK(judge(value_with(0ms), plain, now, 0.5) == Verdict::replace);
  CHECK(judge({.kind = Kind::nothing}, plain, now, 0.5) == Verdict::fill);
  CHECK(judge({.kind = Kind::damaged}, plain, now, 0.5) == Verdict::fill);
  CHECK(judge({.kind = Kind::lease, .expires = now + 1s}, plain, now, 0.5) == Verdict::await);
  CHECK(judge({.kind = Kind::lease, .expires = now - 1s}, plain, now, 0.5) == Verdict::await);
  CHECK(judge({.kind = Kind::raw}, plain, now, 0.5) == Verdict::serve);
  CHECK(judge({.kind = Kind::absent, .expires = now + 1ms}, plain, now, 0.5) == Verdict::serve);
  CHECK(judge({.kind = Kind::absent, .expires = now}, plain, now, 0.5) == Verdict::replace);
}

TEST_CASE("a stale value is served while it is revalidated, as long as it may be") {
  const LoaderOptions options{.stale_while_revalidate = 5s};
  CHECK(judge(value_with(0ms), options, now, 0.5) == Verdict::revalidate);
  CHECK(judge(value_with(-4999ms), options, now, 0.5) == Verdict::revalidate);
  CHECK(judge(value_with(-5s), options, now, 0.5) == Verdict::replace);
  CHECK(is_served(Verdict::revalidate));
  CHECK(!is_served(Verdict::replace));
}

TEST_CASE("a stale value is better than a failure, as long as it may be") {
  const LoaderOptions options{.stale_if_error = 5s};
  CHECK(is_better_than_failure(value_with(-4999ms), options, now));
  CHECK(!is_better_than_failure(value_with(-5s), options, now));
  CHECK(!is_better_than_failure(value_with(-1ms), {}, now));
  CHECK(!is_better_than_failure({.kind = Kind::nothing}, options, now));
  CHECK(!is_better_than_failure({.kind = Kind::lease, .expires = now}, options, now));
}

TEST_CASE("a value is refreshed ahead once the share of its time has gone by") {
  const LoaderOptions options{.early_refresh_beta = 0, .refresh_threads = 1, .refresh_ahead = 0.8};
  CHECK(judge(value_with(20001ms), options, now, 0.5) == Verdict::serve);
  CHECK(judge(value_with(20000ms), options, now, 0.5) == Verdict::refresh_ahead);
}

TEST_CASE("nobody is chosen early without a load time, without beta, or by the largest number") {
  CHECK(!is_chosen_early(0us, 1, 1ms, 1e-9));
  CHECK(!is_chosen_early(50ms, 0, 1ms, 1e-9));
  CHECK(!is_chosen_early(50ms, 1, 1ms, 1));
  CHECK(is_chosen_early(50ms, 1, 1ms, 0.5));
}

TEST_CASE("early readers are chosen as XFetch says: with probability exp(-left / (time × beta))") {
  std::mt19937_64 random(test::seed());
  constexpr int readers = 40'000;
  for (const double beta : {0.5, 1.0, 3.0}) {
    for (const Milliseconds left : {1ms, 25ms, 50ms, 150ms}) {
      int chosen = 0;
      for (int i = 0; i < readers; ++i) {
        const double uniform = 1 - std::uniform_real_distribution<double>(0, 1)(random);
        chosen += is_chosen_early(50ms, beta, left, uniform) ? 1 : 0;
      }
      const double expected = std::exp(-static_cast<double>(left.count()) / (50 * beta));
      // Six standard deviations at most.
      const double slack = 6 * std::sqrt(expected * (1 - expected) / readers);
      CAPTURE(beta);
      CAPTURE(left.count());
      CHECK(std::abs(static_cast<double>(chosen) / readers - expected) <= slack + 1e-4);
    }
  }
}

TEST_CASE("jitter shortens a ttl by at most its share, and never to nothing") {
  CHECK(jittered(1000ms, 0, 1) == 1000ms);
  CHECK(jittered(1000ms, 0.25, 1) == 750ms);
  CHECK(jittered(1000ms, 0.25, 0.5) == 875ms);
  CHECK(jittered(1ms, 0.99, 1) == 1ms);
}

TEST_CASE("options that make no sense are told") {
  CHECK(problem_with({}).empty());
  CHECK(problem_with({.lease = 0ms}).empty());
  CHECK(problem_with({.ttl = 0ms}).find("ttl of 0 ms") != std::string::npos);
  CHECK(!problem_with({.ttl = 24h * 366}).empty());
  CHECK(!problem_with({.ttl_jitter = 1}).empty());
  CHECK(!problem_with({.ttl_jitter = std::nan("")}).empty());
  CHECK(!problem_with({.absent_ttl = -1ms}).empty());
  CHECK(!problem_with({.lease = 9ms}).empty());
  CHECK(!problem_with({.wait = -1ms}).empty());
  CHECK(!problem_with({.early_refresh_beta = -1}).empty());
  CHECK(!problem_with({.early_refresh_beta = std::nan("")}).empty());
  CHECK(!problem_with({.refresh_threads = 257}).empty());
  CHECK(problem_with({.refresh_ahead = 0.5}).find("refresh_threads") != std::string::npos);
  CHECK(!problem_with({.refresh_threads = 1, .refresh_ahead = 1}).empty());
  CHECK(!problem_with({.stale_while_revalidate = -1ms}).empty());
  CHECK(!problem_with({.stale_if_error = -1ms}).empty());
}

}  // namespace
}  // namespace cachekit::loading
