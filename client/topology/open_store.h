// From the URL of a cluster to the store of its topology.

#pragma once

#include <memory>

#include "client/topology/store.h"
#include "client/topology/url.h"

namespace cachekit::topology {

/// nullptr if the URL names nodes: nobody can change that, nor the copies that nodes have.
std::unique_ptr<Store> open_store(const ClusterUrl& url);

}  // namespace cachekit::topology
