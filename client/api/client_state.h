// What stands behind a Client, and how it is put together.

#pragma once

#include <memory>

#include "cachekit/client.h"
#include "client/routing/router.h"

namespace cachekit::api {

class ClientState {
 public:
  explicit ClientState(std::unique_ptr<routing::Router> router) : router_(std::move(router)) {}

  routing::Router& router() { return *router_; }

 private:
  std::unique_ptr<routing::Router> router_;
};

}  // namespace cachekit::api
