// Asynchronous operations, for tests that wait for them after all.

#pragma once

#include <cachekit/client.h>
#include <doctest/doctest.h>

#include <future>
#include <string>
#include <utility>

#include "tests/integration/fake_server.h"

namespace cachekit::test {

template <class T>
Result<T> wait_for(Deferred<T> operation) {
  std::promise<Result<T>> promise;
  std::future<Result<T>> result = promise.get_future();
  std::move(operation).start([&](Result<T> told) { promise.set_value(std::move(told)); });
  return result.get();
}

inline Client connected(const std::string& address, ClientOptions options = {}) {
  auto client = Client::connect("cachekit://" + address, std::move(options));
  REQUIRE_MESSAGE(client.has_value(), client.error().text());
  return *std::move(client);
}

/// What a FakeServer says that greets, and answers nothing else.
inline FakeServer::Reply silence(const FakeServer::Words& words) {
  return {.bytes = words[0].starts_with("CACHEKIT.") ? "+OK\r\n" : ""};
}

}  // namespace cachekit::test
