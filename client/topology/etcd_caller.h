// Calls to etcd: its members in turn, each call within a bounded time, with a token where etcd has
// users.
//
// A call begins at the member that answered last. One that refuses connections costs nothing, one
// that hangs costs an attempt_timeout. Once no member has answered, each call makes do with one
// attempt_timeout until one does, so that a caller with other duties is not held up.
//
// Thread rule: any thread; calls take turns.

#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cachekit/status.h"
#include "client/io/clock.h"
#include "client/topology/etcd_messages.h"
#include "client/topology/http_post.h"
#include "client/topology/url.h"

namespace cachekit::topology {

class EtcdCaller {
 public:
  static constexpr auto attempt_timeout = std::chrono::milliseconds(500);
  static constexpr auto total_timeout = std::chrono::milliseconds(1500);

  explicit EtcdCaller(EtcdPlace place);

  /// The body of the answer. Fails with unavailable if no member answers, with unauthenticated if
  /// etcd refuses the user, and with server_error if it refuses the call.
  Result<std::string> ask(const etcd::Request& request, io::Time deadline);

  /// The same for what must not take place twice: nothing is sent to another member after one may
  /// have received it. After unavailable it may have been executed.
  Result<std::string> change(const etcd::Request& request, io::Time deadline);

  /// For a call that is made elsewhere. Empty if etcd asks for none; nothing if one is needed that
  /// the next ask() will get.
  std::optional<std::string> token() const;

  /// It has been refused.
  void forget_token();

  /// Calls make no further attempt than the one under way, or their first.
  void interrupt() { interrupted_ = true; }

 private:
  enum class Sending : std::uint8_t { often, once };

  /// Of one attempt: an answer, a final failure, or the reason why another member must be asked.
  struct Outcome {
    std::optional<Result<std::string>> answer = {};
    std::string cause = {};
    bool may_be_executed = false;
  };

  Result<std::string> call(const etcd::Request& request, Sending sending, io::Time deadline);
  Outcome attempt(const etcd::Request& request, Sending sending, io::Time deadline);
  Outcome authenticate(io::Time deadline);
  Outcome judge(const etcd::Refusal& refusal) const;
  Outcome post(const etcd::Request& request, const std::string& token, Sending sending,
               io::Time deadline);
  Status nobody_answers() const;
  void set_token(std::optional<std::string> token);

  const EtcdPlace place_;
  std::atomic<bool> interrupted_{false};

  std::mutex turn_;  // guards what follows, up to the token
  HttpPost post_;
  std::size_t current_ = 0;          // member
  std::vector<std::string> causes_;  // why each member has not answered
  bool away_ = false;                // the last call found none

  mutable std::mutex token_mutex_;
  std::optional<std::string> token_;
};

}  // namespace cachekit::topology
