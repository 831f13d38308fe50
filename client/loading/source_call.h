// A call of a function of the user's: what it throws becomes a Status.

#pragma once

#include <exception>
#include <string>
#include <utility>

#include "cachekit/status.h"

namespace cachekit::loading {

/// `call()` answers with a Result.
template <class Call>
auto call_source(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const Error& error) {
    return tl::unexpected(error.status());
  } catch (const std::exception& error) {
    return tl::unexpected(Status(Code::source_failed, error.what()));
  } catch (...) {
    return tl::unexpected(Status(Code::source_failed, "it threw what is no std::exception"));
  }
}

}  // namespace cachekit::loading
