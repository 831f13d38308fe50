// Whether figures of this build mean anything.

#pragma once

#include <string_view>

namespace cachekit::bench {

/// Empty for an optimized build; otherwise what is wrong with it, as in "a debug build".
std::string_view unfit_build();

}  // namespace cachekit::bench
