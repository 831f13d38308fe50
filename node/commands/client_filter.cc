#include "node/commands/client_filter.h"

#include <fmt/format.h>

#include "node/commands/authentication.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

// The error to answer; empty if the option has been taken.
std::string take_option(ClientFilter& filter, std::string_view option, std::string_view value) {
  if (same_word(option, "ID")) {
    const auto id = parse_integer(value);
    if (!id || *id <= 0) return "ERR client-id should be greater than 0";
    filter.id = static_cast<ConnectionId>(*id);
  } else if (same_word(option, "ADDR")) {
    filter.peer = value;
  } else if (same_word(option, "LADDR")) {
    filter.local = value;
  } else if (same_word(option, "TYPE")) {
    filter.type = client_type_of(value);
    if (!filter.type) return fmt::format("ERR Unknown client type '{}'", value);
  } else if (same_word(option, "USER")) {
    if (value != default_user) return fmt::format("ERR No such user '{}'", value);
  } else if (same_word(option, "SKIPME") && (same_word(value, "yes") || same_word(value, "no"))) {
    filter.skip_me = same_word(value, "yes");
  } else {
    return std::string(errors::syntax);
  }
  return {};
}

}  // namespace

bool ClientFilter::matches(const Connection& connection, const Connection& me) const {
  if (skip_me && connection.id == me.id) return false;
  if (id && connection.id != *id) return false;
  if (peer && connection.endpoints.peer != *peer) return false;
  if (local && connection.endpoints.local != *local) return false;
  return !type || *type == (connection.subscribed ? ClientType::pubsub : ClientType::normal);
}

std::optional<ClientType> client_type_of(std::string_view name) {
  if (same_word(name, "normal")) return ClientType::normal;
  if (same_word(name, "master")) return ClientType::master;
  if (same_word(name, "replica") || same_word(name, "slave")) return ClientType::replica;
  if (same_word(name, "pubsub")) return ClientType::pubsub;
  return std::nullopt;
}

tl::expected<ClientFilter, std::string> read_client_filter(
    std::span<const std::string_view> options) {
  ClientFilter filter;
  for (std::size_t i = 0; i < options.size(); i += 2) {
    if (i + 1 == options.size()) return tl::unexpected(std::string(errors::syntax));
    std::string error = take_option(filter, options[i], options[i + 1]);
    if (!error.empty()) return tl::unexpected(std::move(error));
  }
  return filter;
}

}  // namespace cachekit::node::commands
