// Whether what was found is served, loaded anew, or both. Pure: time and chance are arguments.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cachekit/loader.h"
#include "client/loading/entry.h"

namespace cachekit::loading {

enum class Verdict : std::uint8_t {
  serve,          ///< It is fresh.
  refresh_ahead,  ///< The same, and to be loaded anew if that keeps nobody waiting.
  refresh_early,  ///< The same, and this reader was chosen to load it anew.
  revalidate,     ///< It is stale, and served while somebody loads it anew.
  replace,        ///< It is stale, and must be loaded anew.
  fill,           ///< There is nothing to serve, nor to wait for.
  await,          ///< Somebody else is loading it.
};

/// Whether it is served at once to all but the one who loads it anew.
inline bool is_served(Verdict verdict) { return verdict <= Verdict::revalidate; }

/// Whether a fresh value that was loaded within `load_time` and expires in `left` is to be loaded
/// anew now: `left` is at most an exponentially distributed time of mean `load_time` × `beta`.
/// `uniform`: a random number above 0, at most 1.
bool is_chosen_early(Microseconds load_time, double beta, Milliseconds left, double uniform);

Verdict judge(const Entry& entry, const LoaderOptions& options, Time now, double uniform);

/// Whether it may be served because nothing better could be got.
bool is_better_than_failure(const Entry& entry, const LoaderOptions& options, Time now);

/// A ttl, less a random part of it; at least 1 ms. `uniform`: as above.
Milliseconds jittered(Milliseconds ttl, double jitter, double uniform);

/// How long the cache keeps a value beyond its ttl.
Milliseconds stale_time(const LoaderOptions& options);

/// Why the options make no sense; empty if they do.
std::string problem_with(const LoaderOptions& options);

}  // namespace cachekit::loading
