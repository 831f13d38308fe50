// How one process fills one key, reply by reply: no network, virtual time.

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "client/loading/fill.h"
#include "protocol/key_hash.h"

namespace cachekit::loading {
namespace {

using namespace std::chrono_literals;
using Action = Fill::Action;
using End = Fill::End;

constexpr Time start = 1'700'000'000'000ms;
const LoaderOptions defaults{.ttl = 60s, .ttl_jitter = 0, .lease = 5s, .early_refresh_beta = 0};

Result<OptionalString> nothing() { return OptionalString(); }
Result<OptionalString> broken(Code code) { return tl::unexpected(Status(code, "no")); }
Result<bool> refused(Code code) { return tl::unexpected(Status(code, "no")); }

std::string value_bytes(std::string_view value, Milliseconds left, std::uint32_t random = 1) {
  return entry_bytes({.kind = Kind::value, .expires = start + left, .lifetime = 60s, .body = value},
                     random);
}

std::string lease_bytes(std::string_view token) {
  return entry_bytes({.kind = Kind::lease, .expires = start + 5s, .lifetime = 5s, .body = token},
                     1);
}

Fill begin(const LoaderOptions& options, Result<OptionalString> bytes,
           std::optional<Verdict> verdict = {}) {
  const Entry entry = bytes && *bytes ? read_entry(**bytes) : Entry();
  const Verdict judged = verdict.value_or(judge(entry, options, start, 1));
  return Fill(options, "token", 3, {.bytes = std::move(bytes), .verdict = judged}, start);
}

/// A fill that holds its placeholder and is about to load; answers with the placeholder.
std::string take_lease(Fill& fill) {
  REQUIRE(fill.action().kind == Action::Kind::set_new);
  std::string placeholder = fill.action().value;
  fill.answered(true);
  REQUIRE(fill.action().kind == Action::Kind::load);
  return placeholder;
}

bool is_over(const Fill& fill, End::Kind kind) {
  return fill.action().kind == Action::Kind::end && fill.end().kind == kind;
}

TEST_CASE("a miss puts a placeholder in place, loads, and replaces just that") {
  Fill fill = begin(defaults, nothing());
  CHECK(!fill.action().on_refresh_key);
  CHECK(fill.action().time == 5s);
  CHECK(fill.action().is_lease);
  CHECK(read_entry(fill.action().value).kind == Kind::lease);
  CHECK(read_entry(fill.action().value).body == "token");
  const std::string placeholder = take_lease(fill);

  fill.loaded("v", 50ms, start + 50ms);
  REQUIRE(fill.action().kind == Action::Kind::set_if_equal);
  CHECK(fill.action().expected == placeholder);
  CHECK(fill.action().time == 60s);
  CHECK(!fill.action().is_lease);
  const Entry entry = read_entry(fill.action().value);
  CHECK(entry.kind == Kind::value);
  CHECK(entry.body == "v");
  CHECK(entry.expires == start + 50ms + 60s);
  CHECK(entry.load_time == 50ms);

  fill.answered(true);
  REQUIRE(is_over(fill, End::Kind::loaded));
  CHECK(*fill.end().outcome == "v");
  CHECK(fill.end().with_cache);
  CHECK(!fill.end().was_overtaken);
  CHECK(fill.end().problem.ok());
}

TEST_CASE("what was changed meanwhile is loaded and not kept") {
  Fill fill = begin(defaults, nothing());
  take_lease(fill);
  fill.loaded("v", 1ms, start);
  fill.answered(false);
  REQUIRE(is_over(fill, End::Kind::loaded));
  CHECK(*fill.end().outcome == "v");
  CHECK(fill.end().was_overtaken);
}

TEST_CASE("stale time keeps the bytes longer than they are fresh") {
  LoaderOptions options = defaults;
  options.stale_while_revalidate = 10s;
  options.stale_if_error = 30s;
  Fill fill = begin(options, nothing());
  take_lease(fill);
  fill.loaded("v", 1ms, start);
  CHECK(fill.action().time == 90s);
  CHECK(read_entry(fill.action().value).expires == start + 60s);
}

TEST_CASE("what the source does not have is remembered, or leaves nothing behind") {
  Fill fill = begin(defaults, nothing());
  take_lease(fill);
  fill.loaded(nothing(), 1ms, start);
  REQUIRE(fill.action().kind == Action::Kind::set_if_equal);
  CHECK(read_entry(fill.action().value).kind == Kind::absent);
  CHECK(fill.action().time == 1s);

  LoaderOptions options = defaults;
  options.absent_ttl = 0ms;
  Fill other = begin(options, nothing());
  const std::string placeholder = take_lease(other);
  other.loaded(nothing(), 1ms, start);
  REQUIRE(other.action().kind == Action::Kind::delete_if_equal);
  CHECK(other.action().expected == placeholder);
  other.answered(true);
  REQUIRE(is_over(other, End::Kind::loaded));
  CHECK(*other.end().outcome == std::nullopt);
}

TEST_CASE("a load that fails gives its placeholder back") {
  Fill fill = begin(defaults, nothing());
  const std::string placeholder = take_lease(fill);
  fill.loaded(broken(Code::source_failed), 1ms, start);
  REQUIRE(fill.action().kind == Action::Kind::delete_if_equal);
  CHECK(fill.action().expected == placeholder);
  CHECK(!fill.action().on_refresh_key);
  fill.answered(refused(Code::unavailable));
  REQUIRE(is_over(fill, End::Kind::loaded));
  CHECK(fill.end().outcome.error().code() == Code::source_failed);
}

TEST_CASE("another's placeholder is looked at again and again, with growing pauses") {
  Fill fill = begin(defaults, lease_bytes("another"));
  Milliseconds longest{0};
  for (int i = 0; i < 20; ++i) {
    REQUIRE(fill.action().kind == Action::Kind::get);
    fill.looked(lease_bytes("another"), start);
    REQUIRE(fill.action().kind == Action::Kind::pause);
    CHECK(fill.action().time >= 1ms);
    CHECK(fill.action().time <= 50ms);
    if (i < 2) CHECK(fill.action().time <= 4ms);
    longest = std::max(longest, fill.action().time);
    fill.paused();
  }
  CHECK(longest >= 25ms);
  fill.looked(value_bytes("theirs", 60s), start);
  REQUIRE(is_over(fill, End::Kind::found));
  CHECK(*fill.end().outcome == "theirs");
}

TEST_CASE("where a placeholder has expired the next one takes over") {
  Fill fill = begin(defaults, lease_bytes("another"));
  fill.looked(lease_bytes("another"), start);
  fill.paused();
  fill.looked(nothing(), start + 5s);
  take_lease(fill);
  CHECK(fill.action().kind == Action::Kind::load);
}

TEST_CASE("who comes second for a placeholder waits for the first") {
  Fill fill = begin(defaults, nothing());
  fill.answered(false);
  REQUIRE(fill.action().kind == Action::Kind::get);
  fill.looked(entry_bytes({.kind = Kind::absent, .expires = start + 1s, .lifetime = 1s}, 1), start);
  REQUIRE(is_over(fill, End::Kind::found));
  CHECK(*fill.end().outcome == std::nullopt);
}

TEST_CASE("a placeholder whose answer was lost is recognised") {
  Fill fill = begin(defaults, nothing());
  const std::string placeholder = fill.action().value;
  fill.answered(refused(Code::outcome_unknown));
  REQUIRE(fill.action().kind == Action::Kind::get);
  fill.looked(placeholder, start);
  REQUIRE(fill.action().kind == Action::Kind::load);
  fill.loaded("v", 1ms, start);
  CHECK(fill.action().expected == placeholder);
}

TEST_CASE("bytes that nobody can read make way") {
  const std::string damaged = "\xc1Lgarbage";
  Fill fill = begin(defaults, damaged);
  REQUIRE(fill.action().kind == Action::Kind::set_if_equal);
  CHECK(fill.action().expected == damaged);
  CHECK(fill.action().is_lease);
  const std::string placeholder = fill.action().value;
  fill.answered(true);
  fill.loaded("v", 1ms, start);
  CHECK(fill.action().expected == placeholder);

  LoaderOptions options = defaults;
  options.lease = 0ms;
  Fill unleased = begin(options, damaged);
  unleased.looked(damaged, start);
  REQUIRE(unleased.action().kind == Action::Kind::load);
  unleased.loaded("v", 1ms, start);
  REQUIRE(unleased.action().kind == Action::Kind::set_if_equal);
  CHECK(unleased.action().expected == damaged);
}

TEST_CASE("a stale value is replaced by comparing with it, by whoever has the refresh lease") {
  const std::string old = value_bytes("old", -1s);
  Fill fill = begin(defaults, old);
  REQUIRE(fill.action().kind == Action::Kind::set_new);
  CHECK(fill.action().on_refresh_key);
  CHECK(fill.action().value == "token");
  fill.answered(true);
  REQUIRE(fill.action().kind == Action::Kind::get);
  fill.looked(old, start);
  REQUIRE(fill.action().kind == Action::Kind::load);
  fill.loaded("new", 1ms, start);
  REQUIRE(fill.action().kind == Action::Kind::set_if_equal);
  CHECK(fill.action().expected == old);
  fill.answered(true);
  REQUIRE(fill.action().kind == Action::Kind::delete_if_equal);
  CHECK(fill.action().on_refresh_key);
  CHECK(fill.action().expected == "token");
  fill.answered(true);
  REQUIRE(is_over(fill, End::Kind::loaded));
}

TEST_CASE("whoever gets the refresh lease late finds what was loaded meanwhile") {
  Fill fill = begin(defaults, value_bytes("old", -1s));
  fill.answered(true);
  fill.looked(value_bytes("new", 60s), start);
  REQUIRE(fill.action().kind == Action::Kind::delete_if_equal);
  CHECK(fill.action().on_refresh_key);
  fill.answered(true);
  REQUIRE(is_over(fill, End::Kind::found));
  CHECK(*fill.end().outcome == "new");
}

TEST_CASE("a fresh value that was chosen is loaded anew, if it is still the same") {
  const std::string chosen = value_bytes("v", 30s, 1);
  Fill fill = begin(defaults, chosen, Verdict::refresh_early);
  fill.answered(true);
  fill.looked(chosen, start);
  CHECK(fill.action().kind == Action::Kind::load);

  Fill late = begin(defaults, chosen, Verdict::refresh_ahead);
  late.answered(true);
  late.looked(value_bytes("v", 60s, 2), start);
  late.answered(true);
  CHECK(is_over(late, End::Kind::found));
}

TEST_CASE("what is served need not be waited for; what is not, is") {
  LoaderOptions options = defaults;
  options.stale_while_revalidate = 5s;
  Fill served = begin(options, value_bytes("old", -1s));
  served.answered(false);
  CHECK(is_over(served, End::Kind::elsewhere));

  Fill waiting = begin(defaults, value_bytes("old", -1s));
  waiting.answered(false);
  REQUIRE(waiting.action().kind == Action::Kind::pause);
  waiting.paused();
  waiting.looked(value_bytes("old", -1s), start);
  CHECK(waiting.action().kind == Action::Kind::set_new);
  CHECK(waiting.action().on_refresh_key);
}

TEST_CASE("a failed refresh leaves the old value alone") {
  const std::string old = value_bytes("old", -1s);
  Fill fill = begin(defaults, old);
  fill.answered(true);
  fill.looked(old, start);
  fill.loaded(broken(Code::source_failed), 1ms, start);
  REQUIRE(fill.action().kind == Action::Kind::delete_if_equal);
  CHECK(fill.action().on_refresh_key);
  fill.answered(true);
  CHECK(is_over(fill, End::Kind::loaded));
}

TEST_CASE("a value that the source has no more goes, also if that is not remembered") {
  LoaderOptions options = defaults;
  options.absent_ttl = 0ms;
  const std::string old = value_bytes("old", -1s);
  Fill fill = begin(options, old);
  fill.answered(true);
  fill.looked(old, start);
  fill.loaded(nothing(), 1ms, start);
  REQUIRE(fill.action().kind == Action::Kind::delete_if_equal);
  CHECK(fill.action().expected == old);
  CHECK(!fill.action().on_refresh_key);
}

TEST_CASE("without a cache the load runs, and nothing is kept") {
  for (const Code code : {Code::unavailable, Code::deadline_exceeded, Code::overloaded,
                          Code::server_error, Code::protocol_error}) {
    Fill unread = begin(defaults, broken(code), Verdict::fill);
    REQUIRE(unread.action().kind == Action::Kind::load);
    unread.loaded("v", 1ms, start);
    REQUIRE(is_over(unread, End::Kind::loaded));
    CHECK(!unread.end().with_cache);
    CHECK(unread.end().problem.code() == code);

    Fill unleased = begin(defaults, nothing());
    unleased.answered(refused(code));
    REQUIRE(unleased.action().kind == Action::Kind::load);
    unleased.loaded("v", 1ms, start);
    CHECK(is_over(unleased, End::Kind::loaded));
    CHECK(unleased.end().problem.code() == code);
  }
}

TEST_CASE("a key of another type is a mistake, and no reason to load") {
  Fill fill = begin(defaults, lease_bytes("another"));
  fill.looked(broken(Code::wrong_type), start);
  REQUIRE(is_over(fill, End::Kind::failed));
  CHECK(fill.end().outcome.error().code() == Code::wrong_type);
}

TEST_CASE("what could not be kept is told, and its placeholder given back where that is possible") {
  for (const Code code : {Code::out_of_memory, Code::server_error}) {
    Fill fill = begin(defaults, nothing());
    const std::string placeholder = take_lease(fill);
    fill.loaded("v", 1ms, start);
    fill.answered(refused(code));
    REQUIRE(fill.action().kind == Action::Kind::delete_if_equal);
    CHECK(fill.action().expected == placeholder);
    fill.answered(true);
    REQUIRE(is_over(fill, End::Kind::loaded));
    CHECK(*fill.end().outcome == "v");
    CHECK(fill.end().problem.code() == code);
  }
  for (const Code code : {Code::unavailable, Code::outcome_unknown, Code::concern_not_met}) {
    Fill fill = begin(defaults, nothing());
    take_lease(fill);
    fill.loaded("v", 1ms, start);
    fill.answered(refused(code));
    REQUIRE(is_over(fill, End::Kind::loaded));
    CHECK(fill.end().problem.code() == code);
  }
}

TEST_CASE("without leases a process looks again, loads, and overwrites nobody") {
  LoaderOptions options = defaults;
  options.lease = 0ms;
  Fill fill = begin(options, nothing());
  REQUIRE(fill.action().kind == Action::Kind::get);
  fill.looked(nothing(), start);
  REQUIRE(fill.action().kind == Action::Kind::load);
  fill.loaded("v", 1ms, start);
  CHECK(fill.action().kind == Action::Kind::set_new);
  fill.answered(true);
  CHECK(is_over(fill, End::Kind::loaded));

  Fill late = begin(options, nothing());
  late.looked(value_bytes("theirs", 60s), start);
  CHECK(is_over(late, End::Kind::found));

  const std::string old = value_bytes("old", -1s);
  Fill refresh = begin(options, old);
  refresh.looked(old, start);
  refresh.loaded("new", 1ms, start);
  REQUIRE(refresh.action().kind == Action::Kind::set_if_equal);
  CHECK(refresh.action().expected == old);
}

TEST_CASE("who gives up gives back what it holds") {
  Fill fill = begin(defaults, lease_bytes("another"));
  fill.looked(lease_bytes("another"), start);
  fill.give_up();
  CHECK(is_over(fill, End::Kind::elsewhere));

  Fill holder = begin(defaults, value_bytes("old", -1s));
  holder.answered(true);
  holder.looked(lease_bytes("another"), start);
  REQUIRE(holder.action().kind == Action::Kind::pause);
  holder.give_up();
  REQUIRE(holder.action().kind == Action::Kind::delete_if_equal);
  CHECK(holder.action().on_refresh_key);
  holder.answered(true);
  CHECK(is_over(holder, End::Kind::elsewhere));
}

TEST_CASE("the refresh lease lies on the key's own shard") {
  for (const std::string_view key : {"page:1", "{user1}:page", "user:{1}", "odd:{", "k"}) {
    CAPTURE(key);
    CHECK(protocol::key_hash(refresh_key_of(key)) == protocol::key_hash(key));
  }
  CHECK(refresh_key_of("a") != refresh_key_of("{a}"));
}

}  // namespace
}  // namespace cachekit::loading
