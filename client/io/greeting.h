// What a connection says first, and what it makes of the answers. Pure.
//
// AUTH, if there is a password, and CLIENT SETNAME travel together. Both are older than HELLO and
// known to every server; CACHEKIT.STALENESS is not, and may be refused. The wire stays RESP2, since
// hiredis 0.14 reads no RESP3.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cachekit/status.h"
#include "cachekit/value.h"

namespace cachekit::io {

struct Greeting {
  std::string bytes;               ///< Ready to be sent.
  std::size_t replies = 0;         ///< Expected in answer.
  bool authenticates = false;      ///< The first of them answers AUTH.
  bool last_must_succeed = false;  ///< An error in answer to the last command ends the connection.
};

/// An empty password means no AUTH; an empty user means the default one; no limit on the staleness
/// of what is read that none is told.
Greeting make_greeting(std::string_view user, std::string_view password,
                       std::string_view client_name,
                       std::optional<std::chrono::milliseconds> max_staleness = std::nullopt);

/// The same, and what is read is tracked for the connection of this id. Fails to open where the
/// node cannot do that.
Greeting with_tracking(Greeting greeting, std::int64_t redirect_id);

/// Reads reply number `index`. Fails with unauthenticated if the node refuses the credentials or
/// asks for some, and with unavailable if it takes no more clients. A refused name is no failure.
Status judge_greeting_reply(const Greeting& greeting, std::size_t index, const Value& reply);

}  // namespace cachekit::io
