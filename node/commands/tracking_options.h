// The options of CLIENT TRACKING, with Redis's rules for what goes together.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/connection_registry.h"
#include "node/tracking/tracking.h"

namespace cachekit::node::commands {

/// What follows ON or OFF. Otherwise the error to answer.
tl::expected<tracking::TrackingOptions, std::string> read_tracking_options(
    std::span<const std::string_view> words, const ConnectionRegistry& connections);

/// The error if a client that has asked for `now` cannot ask for `wanted`; otherwise empty.
std::string problem_with(const tracking::TrackingOptions& wanted,
                         const tracking::ClientTracking& now);

}  // namespace cachekit::node::commands
