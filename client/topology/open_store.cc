#include "client/topology/open_store.h"

#include "client/topology/file_store.h"

namespace cachekit::topology {

std::unique_ptr<Store> open_store(const ClusterUrl& url) {
  if (url.kind == ClusterUrl::Kind::file) return std::make_unique<FileStore>(url.path);
  return nullptr;
}

}  // namespace cachekit::topology
