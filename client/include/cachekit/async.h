// Operations that nobody waits for: with a callback, or from a C++20 coroutine.
//
//   auto async = client.async();
//   async.get("user:123:session").start([](cachekit::Result<std::optional<std::string>> value) { …
//   });
//
//   SomeTask handle(cachekit::AsyncCommands async) {
//     auto session = co_await async.get("user:123:session");
//     …
//
// Nothing is sent before start() or co_await. Callbacks run, and coroutines go on, on one of the
// client's own threads (ClientOptions::io_threads), which serves all others meanwhile: never block
// there, neither with the blocking methods of the Client. What is started there is sent at the end
// of the thread's turn, together with what others have started.
//
// Operations that are started by the same thread go out in that order if they share a connection:
// with keys, at most 64 KiB, no write concern. GET and MGET of what the near-cache has are answered
// from there, on the client's thread; what it lacks, and is asked for again, is read for later by a
// thread of its own, besides.
//
// Destroying the Client ends what is under way with Code::cancelled, or outcome_unknown for a
// change that was sent, and waits until everybody has been told. Not from a callback or coroutine
// on one of its own threads.

#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cachekit/commands.h"
#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "cachekit/transaction.h"

namespace cachekit {

namespace api {
class ClientState;
}

/// Who is told of the reply to an asynchronous request.
class Completion {
 public:
  /// Called once, on one of the client's threads; `reply` may be moved from, and ends with the
  /// call. Whatever it throws ends the program.
  virtual void complete(Result<Value>&& reply) noexcept = 0;

 protected:
  ~Completion() = default;
};

namespace api {

enum class IfFull : std::uint8_t {
  may_block,  ///< Waiting for room holds up the calling thread, unless it is one of the client's.
  queue,
};

/// What is to be sent.
using Asked = std::variant<Request, std::unique_ptr<AskedTransaction>>;

/// What refuses it at once, if anything does; otherwise `told` will be told, perhaps before this
/// returns, and what is asked has been taken.
std::optional<Status> start(ClientState& client, Asked&& asked, Completion& told,
                            std::stop_token stop, IfFull if_full);

}  // namespace api

/// An operation that has not begun. One use only.
template <class T>
class [[nodiscard]] Deferred {
 public:
  /// Ends early once a stop is asked for: with Code::cancelled, or outcome_unknown for a change
  /// that was sent.
  Deferred stop_with(std::stop_token stop) && {
    stop_ = std::move(stop);
    return std::move(*this);
  }

  /// Begins, and calls `told(Result<T>)` once. On one of the client's threads, unless the operation
  /// is refused at once: overloaded, cancelled, or in a forked child; then before this returns.
  /// Where WhenFull::wait has to wait, it holds up the calling thread.
  template <class Told>
  void start(Told told) && {
    auto call = std::make_unique<Callback<Told>>(decode_, std::move(told));
    std::optional<Status> refusal =
        api::start(*client_, std::move(asked_), *call, std::move(stop_), api::IfFull::may_block);
    Callback<Told>* const begun = call.release();
    if (refusal) begun->complete(tl::unexpected(*std::move(refusal)));
  }

  /// `co_await` answers with a Result<T>.
  auto operator co_await() && { return Awaiter(std::move(*this)); }

 private:
  friend class AsyncCommands;

  using Decode = Result<T> (*)(Value reply);

  static Result<T> decoded(Decode decode, Result<Value>&& reply) {
    if (!reply) return tl::unexpected(std::move(reply.error()));
    return decode(*std::move(reply));
  }

  template <class Told>
  class Callback final : public Completion {
   public:
    Callback(Decode decode, Told told) : decode_(decode), told_(std::move(told)) {}

    void complete(Result<Value>&& reply) noexcept override {
      const std::unique_ptr<Callback> self(this);
      told_(decoded(decode_, std::move(reply)));
    }

   private:
    Decode decode_;
    Told told_;
  };

  class Awaiter final : public Completion {
   public:
    explicit Awaiter(Deferred deferred) : deferred_(std::move(deferred)) {}

    bool await_ready() const noexcept { return false; }

    /// Once it has begun, another thread may have gone on with the coroutine, and with us: nothing
    /// of ours is touched then.
    bool await_suspend(std::coroutine_handle<> waiting) {
      waiting_ = waiting;
      std::optional<Status> refusal =
          api::start(*deferred_.client_, std::move(deferred_.asked_), *this,
                     std::move(deferred_.stop_), api::IfFull::queue);
      if (!refusal) return true;
      reply_ = tl::unexpected(*std::move(refusal));
      return false;
    }

    Result<T> await_resume() { return decoded(deferred_.decode_, std::move(reply_)); }

    void complete(Result<Value>&& reply) noexcept override {
      reply_ = std::move(reply);
      waiting_.resume();
    }

   private:
    Deferred deferred_;
    std::coroutine_handle<> waiting_;
    Result<Value> reply_;
  };

  Deferred(api::ClientState& client, api::Asked asked, Decode decode)
      : client_(&client), asked_(std::move(asked)), decode_(decode) {}

  api::ClientState* client_;
  api::Asked asked_;
  Decode decode_;
  std::stop_token stop_;
};

/// A coroutine that nobody waits for: it runs at once up to its first co_await, and frees itself at
/// its end. An exception that leaves it ends the program.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

/// The commands of a Client, each as something to be started. Cheap to copy; the Client must
/// outlive it. Any thread.
class AsyncCommands : public Commands<AsyncCommands, Deferred> {
 public:
  /// As Client::transaction; the requests are copied.
  Deferred<std::vector<Value>> transaction(std::string_view key, std::span<const Request> requests,
                                           const TransactionOptions& options = {});

  /// For Commands.
  template <class T>
  Deferred<T> run(Operation<T> operation) {
    return Deferred<T>(*client_, std::move(operation.request), operation.decode);
  }

 private:
  friend class Client;

  explicit AsyncCommands(api::ClientState& client) : client_(&client) {}

  api::ClientState* client_;
};

}  // namespace cachekit
