#include "node/commands/authentication.h"

#include <algorithm>

#include "node/connection.h"
#include "node/node.h"
#include "node/secret.h"

namespace cachekit::node::commands {

bool authenticate(Context& context, std::string_view user, std::string_view password) {
  const std::string& expected = context.node.settings().password;
  if (user == default_user && (expected.empty() || same_secret(expected, password))) {
    context.connection.authenticated = true;
    return true;
  }
  context.node.log(LogLevel::notice, "connection {} from {} failed to authenticate",
                   context.connection.id, context.connection.endpoints.peer);
  context.reply.error("WRONGPASS invalid username-password pair or user is disabled.");
  return false;
}

bool is_plain_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace cachekit::node::commands
