#include "client/loading/fill.h"

#include <fmt/format.h>

#include <utility>

#include "protocol/key_hash.h"

namespace cachekit::loading {
namespace {

/// Between two looks at a key that somebody else is loading: at first about as long as a round
/// trip, in the end about as long as a person does not notice.
constexpr Milliseconds first_pause{2};
constexpr Milliseconds longest_pause{50};

double uniform(std::minstd_rand& random) {
  return 1 - std::uniform_real_distribution<double>(0, 1)(random);
}

/// A change that may or may not have taken place.
bool is_open(const Status& failure) { return failure.code() == Code::outcome_unknown; }

/// The node is there and has not done it, so what was put there before can be taken away.
bool is_refusal(const Status& failure) {
  const Code code = failure.code();
  return code != Code::unavailable && code != Code::deadline_exceeded &&
         code != Code::concern_not_met && !is_open(failure);
}

}  // namespace

std::string refresh_key_of(std::string_view key) {
  const bool has_tag = protocol::hash_tag(key).size() < key.size();
  return has_tag ? fmt::format("cachekit:refresh:{}", key)
                 : fmt::format("cachekit:refresh-of:{{{}}}", key);
}

bool is_mistake(const Status& failure) {
  const Code code = failure.code();
  return code == Code::invalid_argument || code == Code::wrong_type ||
         code == Code::unauthenticated || code == Code::cancelled;
}

Fill::Fill(const LoaderOptions& options, std::string token, std::uint64_t seed, Start start,
           Time now, FillGuards guards)
    : options_(options),
      guards_(guards),
      token_(std::move(token)),
      random_(static_cast<std::minstd_rand::result_type>(seed)),
      pauses_(first_pause, longest_pause, seed),
      is_served_(is_served(start.verdict)) {
  begin(std::move(start), now);
}

void Fill::begin(Start start, Time now) {
  if (!start.bytes) return load_without_cache(start.bytes.error());
  if (is_served_ && start.verdict != Verdict::revalidate) refreshed_ = **start.bytes;
  // What the near-cache says is not to be waited for, nor worth a load where there is no lease.
  if (options_.lease.count() == 0 || start.verdict == Verdict::await) return look();
  if (start.verdict != Verdict::fill) return lease_refresh();
  if (*start.bytes) return replace(**std::move(start.bytes), now);
  lease(now);
}

void Fill::look() {
  step_ = Step::look;
  action_ = {.kind = Action::Kind::get};
}

void Fill::looked(Result<OptionalString> bytes, Time now) {
  if (!bytes) {
    if (!is_mistake(bytes.error())) return load_without_cache(bytes.error());
    end_.outcome = tl::unexpected(bytes.error());
    return finish(End::Kind::failed);
  }
  const Entry entry = *bytes ? read_entry(**bytes) : Entry();
  const Verdict verdict = judge(entry, options_, now, 1);
  if (verdict == Verdict::await) {
    if (entry.body != token_) return pause();
    expected_ = *std::move(bytes);
    holds_placeholder_ = true;
    return load();
  }
  if (verdict == Verdict::fill) {
    if (*bytes) return replace(**std::move(bytes), now);
    if (options_.lease.count() > 0) return lease(now);
    expected_.reset();
    return load();
  }
  const bool is_fresh = verdict < Verdict::revalidate;
  if (is_fresh && refreshed_ != *bytes) {
    end_.outcome = entry.kind == Kind::absent ? OptionalString() : std::string(entry.body);
    return finish(End::Kind::found);
  }
  if (options_.lease.count() > 0 && !holds_refresh_lease_) return lease_refresh();
  expected_ = *std::move(bytes);
  load();
}

/// Bytes that nobody can read make way for a placeholder, or for the value.
void Fill::replace(std::string bytes, Time now) {
  if (options_.lease.count() == 0) {
    expected_ = std::move(bytes);
    return load();
  }
  lease(now);
  action_.kind = Action::Kind::set_if_equal;
  action_.expected = std::move(bytes);
}

void Fill::lease(Time now) {
  step_ = Step::lease;
  const Entry entry{.kind = Kind::lease,
                    .expires = now + options_.lease,
                    .lifetime = options_.lease,
                    .body = token_};
  placeholder_ = entry_bytes(entry, static_cast<std::uint32_t>(random_()));
  action_ = {.kind = Action::Kind::set_new,
             .is_lease = true,
             .value = placeholder_,
             .time = options_.lease};
}

void Fill::lease_answered(const Result<bool>& done) {
  if (done && *done) {
    expected_ = placeholder_;
    holds_placeholder_ = true;
    return load();
  }
  if (done || is_open(done.error())) return look();
  load_without_cache(done.error());
}

void Fill::lease_refresh() {
  step_ = Step::lease_refresh;
  action_ = {.kind = Action::Kind::set_new,
             .on_refresh_key = true,
             .is_lease = true,
             .value = token_,
             .time = options_.lease};
}

/// Whoever gets it looks again: the one who had it before may just have replaced the value.
void Fill::refresh_lease_answered(const Result<bool>& done) {
  if (done && *done) {
    holds_refresh_lease_ = true;
    return look();
  }
  if (is_served_) return finish(End::Kind::elsewhere);
  if (done || is_open(done.error())) return pause();
  load_without_cache(done.error());
}

void Fill::load() {
  step_ = Step::load;
  action_ = {.kind = Action::Kind::load};
}

void Fill::load_without_cache(const Status& why) {
  end_.with_cache = false;
  end_.problem = why;
  load();
}

void Fill::loaded(Result<OptionalString> outcome, Microseconds load_time, Time now) {
  end_.outcome = std::move(outcome);
  if (!end_.with_cache) return finish(End::Kind::loaded);
  if (end_.outcome) return keep(now, load_time);
  if (holds_placeholder_) return give_back();
  finish(End::Kind::loaded);
}

void Fill::keep(Time now, Microseconds load_time) {
  const OptionalString& value = *end_.outcome;
  if (!value && options_.absent_ttl.count() == 0) {
    return expected_ ? give_back() : finish(End::Kind::loaded);
  }
  step_ = Step::keep;
  const Milliseconds lifetime =
      jittered(value ? options_.ttl : options_.absent_ttl, options_.ttl_jitter, uniform(random_));
  const Entry entry{.kind = value ? Kind::value : Kind::absent,
                    .expires = now + lifetime,
                    .lifetime = lifetime,
                    .load_time = load_time,
                    .body = value ? std::string_view(*value) : std::string_view()};
  action_ = {.kind = expected_ ? Action::Kind::set_if_equal : Action::Kind::set_new,
             .value = entry_bytes(entry, static_cast<std::uint32_t>(random_())),
             .expected = expected_.value_or(std::string()),
             .time = lifetime + (value ? stale_time(options_) : Milliseconds(0))};
  if (!guards_.compares) action_.kind = Action::Kind::set;
}

void Fill::keep_answered(const Result<bool>& done) {
  if (done) {
    end_.was_overtaken = !*done;
    return finish(End::Kind::loaded);
  }
  end_.problem = done.error();
  if (holds_placeholder_ && is_refusal(done.error())) return give_back();
  finish(End::Kind::loaded);
}

/// What others would wait for in vain, or must not be served any more.
void Fill::give_back() {
  step_ = Step::give_back;
  action_ = {.kind = Action::Kind::delete_if_equal, .expected = *expected_};
}

void Fill::pause() {
  step_ = Step::pause;
  action_ = {.kind = Action::Kind::pause, .time = pauses_.next()};
}

void Fill::paused() { look(); }

void Fill::give_up() { finish(End::Kind::elsewhere); }

void Fill::answered(const Result<bool>& done) {
  switch (step_) {
    case Step::lease:
      return lease_answered(done);
    case Step::lease_refresh:
      return refresh_lease_answered(done);
    case Step::keep:
      return keep_answered(done);
    case Step::give_back:
      return finish(End::Kind::loaded);
    default:
      step_ = Step::over;
      action_ = {};
  }
}

void Fill::finish(End::Kind kind) {
  if (step_ != Step::over) end_.kind = kind;
  step_ = Step::over;
  action_ = {};
  if (!std::exchange(holds_refresh_lease_, false)) return;
  action_ = {.kind = Action::Kind::delete_if_equal, .on_refresh_key = true, .expected = token_};
}

}  // namespace cachekit::loading
