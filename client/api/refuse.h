// How the client says that a call is wrong.

#pragma once

#include <string>
#include <utility>

#include "cachekit/status.h"

namespace cachekit {

/// What a call returns that was not sent, since its arguments make no sense.
inline tl::unexpected<Status> refuse(std::string sentence) {
  return tl::unexpected(Status(Code::invalid_argument, std::move(sentence)));
}

}  // namespace cachekit
