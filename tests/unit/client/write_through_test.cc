// Writing through: what one writer does, reply by reply, and many writers and loaders in every
// order that chance brings about. No network, virtual time.

#include "client/loading/write_through.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "client/loading/fill.h"
#include "tests/support/seed.h"
#include "tests/unit/client/model_server.h"

namespace cachekit::loading {
namespace {

using namespace std::chrono_literals;
using Kinds = WriteThrough::Action::Kind;

constexpr Time beginning = 1'700'000'000'000ms;
const LoaderOptions written_options{.ttl = 60s, .ttl_jitter = 0, .lease = 5s};

struct Writer {
  OptionalString value;
  LoaderOptions options;
  WriteThrough write;

  explicit Writer(OptionalString of, const LoaderOptions& with = written_options)
      : value(std::move(of)), options(with), write(options, value, "token", 3, beginning) {}

  Kinds next() const { return write.action().kind; }
};

tl::unexpected<Status> fails_with(Code code) { return tl::unexpected(Status(code, "no")); }

TEST_CASE("a placeholder is there while the source is written, and the value afterwards") {
  Writer writer("v");
  REQUIRE(writer.next() == Kinds::set);
  const std::string placeholder = writer.write.action().value;
  CHECK(read_entry(placeholder).kind == Kind::lease);
  CHECK(writer.write.action().ttl == 5s);
  writer.write.answered(true);
  REQUIRE(writer.next() == Kinds::store);
  writer.write.stored({}, beginning + 10ms);
  REQUIRE(writer.next() == Kinds::set_if_equal);
  CHECK(writer.write.action().expected == placeholder);
  const Entry kept = read_entry(writer.write.action().value);
  CHECK(kept.body == "v");
  CHECK(kept.expires == beginning + 10ms + 60s);
  writer.write.answered(true);
  REQUIRE(writer.next() == Kinds::end);
  CHECK(writer.write.result()->is_kept);
}

TEST_CASE("that the source has nothing any more is kept as well, if that is wanted") {
  Writer writer(std::nullopt);
  writer.write.answered(true);
  writer.write.stored({}, beginning);
  REQUIRE(writer.next() == Kinds::set_if_equal);
  CHECK(read_entry(writer.write.action().value).kind == Kind::absent);

  Writer unkept(std::nullopt, {.absent_ttl = 0ms});
  unkept.write.answered(true);
  unkept.write.stored({}, beginning);
  CHECK(unkept.next() == Kinds::del);
}

TEST_CASE("the key is deleted if somebody came in between, or nobody knows") {
  for (const Result<bool>& answer :
       {Result<bool>(false), Result<bool>(fails_with(Code::outcome_unknown))}) {
    Writer writer("v");
    writer.write.answered(true);
    writer.write.stored({}, beginning);
    writer.write.answered(answer);
    REQUIRE(writer.next() == Kinds::del);
    writer.write.answered(true);
    CHECK(writer.next() == Kinds::end);
    CHECK_FALSE(writer.write.result()->is_kept);
    CHECK(writer.write.result()->problem.ok());
  }
}

TEST_CASE("a source that fails may have written: nothing is kept, and its word is the result") {
  Writer writer("v");
  writer.write.answered(true);
  writer.write.stored(fails_with(Code::source_failed), beginning);
  REQUIRE(writer.next() == Kinds::del);
  writer.write.answered(true);
  CHECK(writer.write.result().error().code() == Code::source_failed);
}

TEST_CASE("without the cache the source is written, and the result says what is wrong") {
  Writer writer("v");
  writer.write.answered(fails_with(Code::unavailable));
  REQUIRE(writer.next() == Kinds::store);
  writer.write.stored({}, beginning);
  REQUIRE(writer.next() == Kinds::del);
  writer.write.answered(fails_with(Code::unavailable));
  CHECK(writer.write.result()->problem.code() == Code::unavailable);
}

TEST_CASE("a mistake of the caller's leaves the source alone") {
  Writer writer("v");
  writer.write.answered(fails_with(Code::invalid_argument));
  CHECK(writer.next() == Kinds::end);
  CHECK(writer.write.result().error().code() == Code::invalid_argument);
}

TEST_CASE("without a lease the source is written, and the key deleted") {
  Writer writer("v", {.lease = 0ms});
  REQUIRE(writer.next() == Kinds::store);
  writer.write.stored({}, beginning);
  CHECK(writer.next() == Kinds::del);
}

/// Writers and loaders of the key "k".
class Crowd {
 public:
  Crowd(WriteGuards guards, std::uint64_t seed) : guards_(guards), random_(seed) {}

  /// Whether at some time no writer was under way, and an older value was there.
  bool finds_old_value() {
    for (int i = 0; i < 3; ++i) fills_.push_back(fresh_fill());
    writers_.resize(3);
    for (int steps = 0; steps < 400 && !has_problem_; ++steps) {
      now_ += Milliseconds(random_() % 4);
      server_.at(now_);
      random_() % 2 == 0 ? step(writers_[random_() % 3]) : step(fills_[random_() % 3]);
      if (std::ranges::all_of(writers_, [](const auto& one) { return !one.write; }) &&
          holds_old_value()) {
        return true;
      }
    }
    return false;
  }

 private:
  struct Fetch {
    std::unique_ptr<Fill> fill;
    std::optional<std::string> loaded = {};  // what the source said, on its way back
    Time wakes{0};
  };

  struct Writing {
    OptionalString value = {};
    std::unique_ptr<WriteThrough> write = {};
    bool is_stored = false;  // in the source, and the answer is on its way back
    Time wakes{0};
  };

  bool one_in(std::uint64_t many) { return random_() % many == 0; }

  Fetch fresh_fill() {
    const OptionalString bytes = server_.get("k");
    Verdict verdict = judge(bytes ? read_entry(*bytes) : Entry(), options_, now_, 1);
    if (verdict == Verdict::serve) verdict = Verdict::refresh_early;
    return {.fill = std::make_unique<Fill>(options_, token(), random_(),
                                           Fill::Start{.bytes = bytes, .verdict = verdict}, now_)};
  }

  std::string token() { return "token" + std::to_string(++tokens_); }

  void step(Fetch& fetch) {
    if (fetch.wakes > now_) return;
    if (one_in(50)) {
      fetch.wakes = now_ + 2 * options_.lease;
      return;
    }
    Fill& fill = *fetch.fill;
    using Action = Fill::Action::Kind;
    const Fill::Action action = fill.action();
    const std::string key = action.on_refresh_key ? refresh_key_of("k") : "k";
    switch (action.kind) {
      case Action::end:
        fetch = fresh_fill();
        return;
      case Action::pause:
        fetch.wakes = now_ + action.time;
        return fill.paused();
      case Action::get:
        return fill.looked(server_.get(key), now_);
      case Action::load:
        if (!fetch.loaded) {
          fetch.loaded = source_;
        } else {
          fill.loaded(std::exchange(fetch.loaded, std::nullopt), 5ms, now_);
        }
        return;
      case Action::set_new:
        return fill.answered(server_.set_new(key, action.value, action.time));
      case Action::set_if_equal:
        return fill.answered(server_.set_if_equal(key, action.expected, action.value, action.time));
      case Action::set:
        return fill.answered(server_.set(key, action.value, action.time));
      case Action::delete_if_equal:
        return fill.answered(server_.del_if_equal(key, action.expected));
    }
  }

  void step(Writing& writing) {
    if (writing.wakes > now_) return;
    if (!writing.write) {
      writing.value = std::to_string(++values_);
      writing.write = std::make_unique<WriteThrough>(options_, writing.value, token(), random_(),
                                                     now_, guards_);
    } else if (one_in(50)) {
      writing.wakes = now_ + 2 * options_.lease;
    } else if (writing.write->action().kind == Kinds::end) {
      const auto result = writing.write->result();
      has_problem_ = has_problem_ || (result && !result->problem.ok());
      writing.write.reset();
    } else {
      act(writing);
    }
  }

  void act(Writing& writing) {
    WriteThrough& write = *writing.write;
    const WriteThrough::Action action = write.action();
    if (action.kind == Kinds::store) {
      if (std::exchange(writing.is_stored, !writing.is_stored)) {
        if (one_in(20)) return write.stored(fails_with(Code::source_failed), now_);
        return write.stored({}, now_);
      }
      source_ = *writing.value;
      return;
    }
    const bool arrives = action.kind == Kinds::del || !one_in(20);
    const bool is_lost = action.kind != Kinds::del && one_in(20);
    const bool done = arrives && change(action);
    if (arrives && !is_lost) return write.answered(done);
    write.answered(fails_with(Code::outcome_unknown));
  }

  bool change(const WriteThrough::Action& action) {
    if (action.kind == Kinds::del) return server_.del("k");
    if (action.kind == Kinds::set) return server_.set("k", action.value, action.ttl);
    return server_.set_if_equal("k", action.expected, action.value, action.ttl);
  }

  bool holds_old_value() const {
    const OptionalString bytes = server_.get("k");
    if (!bytes) return false;
    const Entry entry = read_entry(*bytes);
    return entry.kind == Kind::value && entry.body != source_;
  }

  const LoaderOptions options_{.ttl = 200ms, .lease = 60ms, .stale_if_error = 100ms};
  const WriteGuards guards_;
  std::mt19937_64 random_;
  ModelServer server_;
  std::vector<Fetch> fills_;
  std::vector<Writing> writers_;
  Time now_ = beginning;
  std::string source_ = "0";
  int values_ = 0;
  int tokens_ = 0;
  bool has_problem_ = false;
};

int crowds_with_old_values(WriteGuards guards, int crowds) {
  int bad = 0;
  for (int i = 0; i < crowds; ++i) {
    if (Crowd(guards, test::seed() + static_cast<std::uint64_t>(i)).finds_old_value()) ++bad;
  }
  return bad;
}

TEST_CASE("no order of writers and loaders leaves an older value when the writers have ended") {
  const bool is_long = std::getenv("CACHEKIT_TEST_LONG") != nullptr;
  CHECK(crowds_with_old_values({}, is_long ? 300'000 : 3000) == 0);
}

TEST_CASE("the same orders leave older values where a conflict does not delete the key") {
  CHECK(crowds_with_old_values({.deletes_on_conflict = false}, 1000) > 0);
}

}  // namespace
}  // namespace cachekit::loading
