// What an asynchronous call asks for, one command or a transaction, and what the rest of the client
// does with either.
//
// Thread rule: any thread, each call by itself.

#pragma once

#include <cstddef>

#include "cachekit/async.h"
#include "client/caching/near_cache.h"
#include "client/routing/call_report.h"

namespace cachekit::api {

/// Keys, values and the names of commands.
std::size_t bytes_of(const Asked& asked);

/// Tells the near-cache of what is about to be sent, and when it is over.
void begin_near(caching::NearCache& near_cache, const Asked& asked);
void end_near(caching::NearCache& near_cache, const Asked& asked);

/// What has ended before it was routed.
void report_unrouted(const routing::Observers& observers, const Asked& asked, io::Time began,
                     io::Time ended, Code code);

}  // namespace cachekit::api
