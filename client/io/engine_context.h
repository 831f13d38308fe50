// What an engine lends to those that do its work.

#pragma once

#include <functional>

#include "client/io/connection.h"
#include "client/io/resolver.h"

namespace cachekit::io {

class Node;

struct EngineContext {
  const ConnectionSettings& settings;
  Resolver& resolver;
  std::function<void(Node&, const Status&)> node_failed;  ///< No connection could be opened.
  std::function<void(Node&)> node_answered;
};

}  // namespace cachekit::io
