// A server that misbehaves on purpose: it reads commands and answers each as a test says.
//
// Thread rule: the handler is called from the threads of the server's connections, one for each;
// the rest is for the thread that owns the server.

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/becomes_true.h"

namespace cachekit::test {

class FakeServer {
 public:
  using Words = std::vector<std::string>;

  struct Reply {
    std::string bytes = {};
    bool then_close = false;
    bool then_endless = false;           ///< Goes on sending 'x' until the client closes.
    std::chrono::milliseconds pause{0};  ///< Between the bytes, if not 0.
  };
  using Handler = std::function<Reply(const Words& words)>;

  struct Options {
    bool greets = true;           ///< Answers CLIENT and PING itself; the handler gets the rest.
    bool closes_at_once = false;  ///< Accepts and closes.
  };

  explicit FakeServer(Handler handler) : FakeServer(std::move(handler), Options{}) {}
  FakeServer(Handler handler, Options options);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string address() const;

  /// Commands that the handler has got.
  int handled() const { return handled_; }

  /// False if it has not handled so many within a limit far beyond what it needs.
  bool comes_to_handle(int requests) const {
    return becomes_true([&] { return handled() >= requests; });
  }

 private:
  void accept_all();
  void serve(int descriptor);
  bool answer(int descriptor, const Words& words);
  bool send_all(int descriptor, const Reply& reply);

  const Handler handler_;
  const Options options_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> handled_{0};
  std::mutex mutex_;
  std::vector<int> descriptors_;          // guarded by mutex_
  std::vector<std::thread> connections_;  // guarded by mutex_
  std::thread acceptor_;
};

}  // namespace cachekit::test
