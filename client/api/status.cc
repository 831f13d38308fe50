#include "cachekit/status.h"

namespace cachekit {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::invalid_argument:
      return "invalid_argument";
    case Code::unavailable:
      return "unavailable";
    case Code::deadline_exceeded:
      return "deadline_exceeded";
    case Code::outcome_unknown:
      return "outcome_unknown";
    case Code::unauthenticated:
      return "unauthenticated";
    case Code::wrong_type:
      return "wrong_type";
    case Code::out_of_memory:
      return "out_of_memory";
    case Code::server_error:
      return "server_error";
    case Code::protocol_error:
      return "protocol_error";
    case Code::concern_not_met:
      return "concern_not_met";
    case Code::limit_exceeded:
      return "limit_exceeded";
    case Code::topology_error:
      return "topology_error";
    case Code::cancelled:
      return "cancelled";
    case Code::overloaded:
      return "overloaded";
    case Code::malformed_value:
      return "malformed_value";
    case Code::source_failed:
      return "source_failed";
  }
  return "unknown";
}

std::string Status::text() const {
  if (ok()) return "ok";
  std::string text(name_of(code_));
  return text.append(": ").append(message_);
}

}  // namespace cachekit
