// How failures are reported: a Status with a code and a sentence, or a Result that holds either a
// value or such a Status. A miss is no failure: it is an empty optional in a good Result.
//
// Values, free to copy; no thread rule.

#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace cachekit {

enum class Code : std::uint8_t {
  ok,
  invalid_argument,   ///< The call itself is wrong; it was not sent.
  unavailable,        ///< No node that could answer was reached; nothing was executed.
  deadline_exceeded,  ///< The time ran out; nothing was executed.
  outcome_unknown,  ///< A change was sent and no answer came: it may have been executed, or be yet.
  unauthenticated,  ///< The node refused the credentials, or asks for some.
  wrong_type,       ///< The key holds a value of another type.
  out_of_memory,    ///< The node is full and its eviction policy lets nothing go.
  server_error,     ///< The node answered with any other error; the message is its text.
  protocol_error,   ///< The node sent bytes that are no reply, or a reply of an unexpected kind.
  concern_not_met,  ///< Executed, but fewer replicas than asked for have confirmed it in time.
  limit_exceeded,   ///< A reply is larger or deeper than the options allow.
  topology_error,   ///< The topology cannot be read or makes no sense.
  cancelled,        ///< The caller gave up, or destroyed the client; nothing was executed.
  overloaded,       ///< Too many operations are under way; this one was not sent.
  malformed_value,  ///< A typed value is none that its codec has written; see typed.h.
  source_failed,    ///< A function that reads or writes the source has thrown; see loader.h.
};

/// The code's name, as in "outcome_unknown".
std::string_view name_of(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }

  /// A sentence for people. Never contains a password.
  const std::string& message() const { return message_; }

  /// "ok", or the code's name, a colon and the message.
  std::string text() const;

 private:
  Code code_ = Code::ok;
  std::string message_;
};

template <class T>
using Result = tl::expected<T, Status>;

/// What value_or_throw() throws.
class Error : public std::runtime_error {
 public:
  explicit Error(Status status) : std::runtime_error(status.text()), status_(std::move(status)) {}

  const Status& status() const { return status_; }
  Code code() const { return status_.code(); }

 private:
  Status status_;
};

/// For those who like exceptions: `auto value = value_or_throw(client.get("key"));`
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw Error(std::move(result.error()));
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace cachekit
