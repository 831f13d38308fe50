// Which connections CLIENT LIST shows and CLIENT KILL ends.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "node/connection.h"

namespace cachekit::node::commands {

/// What Redis calls a client's type. Ours are `pubsub` if subscribed, otherwise `normal`.
enum class ClientType : std::uint8_t { normal, master, replica, pubsub };

/// What is not set filters nothing.
struct ClientFilter {
  std::optional<ConnectionId> id;
  std::optional<std::string_view> peer;
  std::optional<std::string_view> local;
  std::optional<ClientType> type;
  bool skip_me = true;

  bool matches(const Connection& connection, const Connection& me) const;
};

std::optional<ClientType> client_type_of(std::string_view name);

/// Reads the pairs of option and value that CLIENT KILL takes; otherwise the error to answer.
tl::expected<ClientFilter, std::string> read_client_filter(
    std::span<const std::string_view> options);

}  // namespace cachekit::node::commands
