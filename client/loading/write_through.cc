#include "client/loading/write_through.h"

#include <utility>

#include "client/loading/fill.h"
#include "client/loading/freshness.h"

namespace cachekit::loading {

WriteThrough::WriteThrough(const LoaderOptions& options, const OptionalString& value,
                           std::string token, std::uint64_t seed, Time now, WriteGuards guards)
    : options_(options),
      value_(value),
      guards_(guards),
      random_(static_cast<std::minstd_rand::result_type>(seed)) {
  if (options_.lease.count() == 0) {
    store();
    return;
  }
  const Entry entry{.kind = Kind::lease,
                    .expires = now + options_.lease,
                    .lifetime = options_.lease,
                    .body = token};
  placeholder_ = entry_bytes(entry, static_cast<std::uint32_t>(random_()));
  action_ = {.kind = Action::Kind::set, .value = placeholder_, .ttl = options_.lease};
}

void WriteThrough::store() { action_ = {.kind = Action::Kind::store}; }

void WriteThrough::stored(const Result<void>& outcome, Time now) {
  if (!outcome) {
    failure_ = outcome.error();
    return del();
  }
  const bool is_kept = holds_placeholder_ && (value_ || options_.absent_ttl.count() > 0);
  is_kept ? keep(now) : del();
}

void WriteThrough::keep(Time now) {
  const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
  const Milliseconds lifetime =
      jittered(value_ ? options_.ttl : options_.absent_ttl, options_.ttl_jitter, 1 - chance);
  const Entry entry{.kind = value_ ? Kind::value : Kind::absent,
                    .expires = now + lifetime,
                    .lifetime = lifetime,
                    .body = value_ ? std::string_view(*value_) : std::string_view()};
  action_ = {.kind = Action::Kind::set_if_equal,
             .value = entry_bytes(entry, static_cast<std::uint32_t>(random_())),
             .expected = placeholder_,
             .ttl = lifetime + (value_ ? stale_time(options_) : Milliseconds(0))};
}

void WriteThrough::del() { action_ = {.kind = Action::Kind::del}; }

void WriteThrough::end() { action_ = {}; }

void WriteThrough::answered(const Result<bool>& done) {
  switch (action_.kind) {
    case Action::Kind::set:
      if (!done && is_mistake(done.error())) {
        failure_ = done.error();
        return end();
      }
      holds_placeholder_ = done.has_value();
      return store();
    case Action::Kind::set_if_equal:
      written_.is_kept = done && *done;
      if (written_.is_kept || !guards_.deletes_on_conflict) return end();
      return del();
    case Action::Kind::del:
      if (!done) written_.problem = done.error();
      return end();
    case Action::Kind::store:
    case Action::Kind::end:
      return;
  }
}

Result<WrittenThrough> WriteThrough::result() const {
  if (!failure_.ok()) return tl::unexpected(failure_);
  return written_;
}

}  // namespace cachekit::loading
