#include "bench/load/build_kind.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif

namespace cachekit::bench {

std::string_view unfit_build() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return "a build with sanitizers";
#elif !defined(NDEBUG) || !defined(__OPTIMIZE__)
  return "a debug build";
#else
  return "";
#endif
}

}  // namespace cachekit::bench
