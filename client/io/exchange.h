// Carries jobs that need a connection alone to their nodes, all at once, driven by one poll loop on
// the calling thread.
//
// Each job gets a connection of its node's pool for itself, idle or fresh, writes its requests and
// reads their replies at the same time, so that neither side can block the other by full buffers.
// A connection goes back to the pool only if every reply has come and nothing else; after a
// failure or at a deadline it is closed, so no reply can ever be taken for another's.
//
// A thread that finds a pool empty serves the jobs that have a connection, looking for a place in
// between, and blocks for a place only while it holds none: two calls cannot wait for each other.

#pragma once

#include <vector>

#include "client/io/clock.h"
#include "client/io/engine.h"
#include "client/io/engine_context.h"

namespace cachekit::io {

void exchange(const EngineContext& context, std::vector<Job*> waiting, Time deadline);

}  // namespace cachekit::io
