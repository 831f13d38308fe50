#include "node/commands/tracking_options.h"

#include <fmt/format.h>

#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/storage/entry.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using tracking::ClientTracking;
using tracking::TrackingOptions;

std::string take_redirect(TrackingOptions& options, std::string_view word,
                          const ConnectionRegistry& connections) {
  if (options.redirect != 0) return "ERR A client can only redirect to a single other client";
  const auto id = parse_integer(word);
  if (!id) return std::string(errors::not_an_integer);
  if (*id <= 0 || connections.find(static_cast<ConnectionId>(*id)) == nullptr) {
    return "ERR The client ID you want redirect to does not exist";
  }
  options.redirect = static_cast<ConnectionId>(*id);
  return {};
}

std::string take_prefix(TrackingOptions& options, std::string_view word) {
  if (word.size() > storage::longest_key_bytes) {
    return fmt::format("ERR a prefix has {} bytes, and no key is longer than {}", word.size(),
                       storage::longest_key_bytes);
  }
  options.prefixes.push_back(word);
  return {};
}

// The error to answer; empty if the option has been taken.
std::string take_option(TrackingOptions& options, std::string_view word) {
  if (same_word(word, "BCAST")) {
    options.broadcast = true;
  } else if (same_word(word, "OPTIN")) {
    options.opt_in = true;
  } else if (same_word(word, "OPTOUT")) {
    options.opt_out = true;
  } else if (same_word(word, "NOLOOP")) {
    options.no_loop = true;
  } else {
    return std::string(errors::syntax);
  }
  return {};
}

std::string problem_with_prefixes(const TrackingOptions& wanted, const ClientTracking& now) {
  const auto& prefixes = wanted.prefixes;
  if (now.prefixes.size() + prefixes.size() > tracking::Tracking::most_prefixes) {
    return fmt::format("ERR a client can have {} prefixes at most",
                       tracking::Tracking::most_prefixes);
  }
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    for (const std::string& other : now.prefixes) {
      if (!tracking::overlap(prefixes[i], other)) continue;
      return fmt::format(
          "ERR Prefix '{}' overlaps with an existing prefix '{}'. Prefixes for a single client "
          "must not overlap.",
          prefixes[i], other);
    }
    for (std::size_t j = i + 1; j < prefixes.size(); ++j) {
      if (!tracking::overlap(prefixes[i], prefixes[j])) continue;
      return fmt::format(
          "ERR Prefix '{}' overlaps with another provided prefix '{}'. Prefixes for a single "
          "client must not overlap.",
          prefixes[i], prefixes[j]);
    }
  }
  return {};
}

}  // namespace

tl::expected<TrackingOptions, std::string> read_tracking_options(
    std::span<const std::string_view> words, const ConnectionRegistry& connections) {
  TrackingOptions options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    std::string error;
    if (same_word(words[i], "REDIRECT") && has_value) {
      error = take_redirect(options, words[++i], connections);
    } else if (same_word(words[i], "PREFIX") && has_value) {
      error = take_prefix(options, words[++i]);
    } else {
      error = take_option(options, words[i]);
    }
    if (!error.empty()) return tl::unexpected(std::move(error));
  }
  return options;
}

std::string problem_with(const TrackingOptions& wanted, const ClientTracking& now) {
  if (!wanted.broadcast && !wanted.prefixes.empty()) {
    return "ERR PREFIX option requires BCAST mode to be enabled";
  }
  if (now.on && now.broadcast != wanted.broadcast) {
    return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and "
           "then re-enabling it with a different mode.";
  }
  if (wanted.broadcast && (wanted.opt_in || wanted.opt_out)) {
    return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  }
  if (wanted.opt_in && wanted.opt_out) {
    return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  }
  if ((wanted.opt_in && now.opt_out) || (wanted.opt_out && now.opt_in)) {
    return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and "
           "then re-enabling it with a different mode.";
  }
  return problem_with_prefixes(wanted, now);
}

}  // namespace cachekit::node::commands
