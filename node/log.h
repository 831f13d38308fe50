// Where the node's log lines go: a hook, wired in main.cc. Nothing below main knows a logger.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace cachekit::node {

/// Redis's four levels, so that its configuration values keep their meaning.
enum class LogLevel : std::uint8_t { debug, verbose, notice, warning };

inline constexpr std::array<std::string_view, 4> log_level_names{"debug", "verbose", "notice",
                                                                 "warning"};

inline std::string_view log_level_name(LogLevel level) {
  return log_level_names[static_cast<std::size_t>(level)];
}

inline std::optional<LogLevel> log_level_of(std::string_view name) {
  for (std::size_t i = 0; i < log_level_names.size(); ++i) {
    if (log_level_names[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

/// Takes one line without its end. Called on the loop's thread.
using LogSink = std::function<void(LogLevel, std::string_view)>;

}  // namespace cachekit::node
