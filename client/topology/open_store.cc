#include "client/topology/open_store.h"

#include "client/topology/etcd_store.h"
#include "client/topology/file_store.h"

namespace cachekit::topology {

std::unique_ptr<Store> open_store(const ClusterUrl& url) {
  switch (url.kind) {
    case ClusterUrl::Kind::file:
      return std::make_unique<FileStore>(url.path);
    case ClusterUrl::Kind::etcd:
      return std::make_unique<EtcdStore>(url.etcd);
    case ClusterUrl::Kind::list:
    case ClusterUrl::Kind::nodes:
      break;
  }
  return nullptr;
}

}  // namespace cachekit::topology
