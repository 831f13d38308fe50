// All of libcachekit.

#pragma once

#include "cachekit/client.h"         // IWYU pragma: export
#include "cachekit/loader.h"         // IWYU pragma: export
#include "cachekit/local_cluster.h"  // IWYU pragma: export
#include "cachekit/lock.h"           // IWYU pragma: export
#include "cachekit/prometheus.h"     // IWYU pragma: export
#include "cachekit/rate_limiter.h"   // IWYU pragma: export
#include "cachekit/stats.h"          // IWYU pragma: export
#include "cachekit/tracing.h"        // IWYU pragma: export
#include "cachekit/version.h"        // IWYU pragma: export
#include "cachekit/write_behind.h"   // IWYU pragma: export
