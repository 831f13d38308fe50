#include "client/io/greeting.h"

#include <fmt/format.h>

#include <initializer_list>

#include "protocol/command_writer.h"

namespace cachekit::io {
namespace {

void append(Greeting& greeting, std::initializer_list<std::string_view> words) {
  protocol::append_command(greeting.bytes, {words.begin(), words.size()});
  ++greeting.replies;
}

bool asks_for_credentials(std::string_view error) {
  return error.starts_with("NOAUTH") || error.starts_with("WRONGPASS") ||
         error.starts_with("DENIED");
}

bool takes_no_more_clients(std::string_view error) {
  return error.starts_with("ERR max number of clients");
}

}  // namespace

Greeting make_greeting(std::string_view user, std::string_view password,
                       std::string_view client_name,
                       std::optional<std::chrono::milliseconds> max_staleness) {
  Greeting greeting;
  greeting.authenticates = !password.empty();
  if (greeting.authenticates && user.empty()) append(greeting, {"AUTH", password});
  if (greeting.authenticates && !user.empty()) append(greeting, {"AUTH", user, password});
  append(greeting, {"CLIENT", "SETNAME", client_name});
  if (max_staleness) {
    append(greeting, {"CACHEKIT.STALENESS", std::to_string(max_staleness->count())});
  }
  return greeting;
}

Greeting with_tracking(Greeting greeting, std::int64_t redirect_id) {
  append(greeting, {"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(redirect_id)});
  greeting.last_must_succeed = true;
  return greeting;
}

Status judge_greeting_reply(const Greeting& greeting, std::size_t index, const Value& reply) {
  const auto* error = reply.get_if<Value::ErrorText>();
  if (error == nullptr) return {};
  if (takes_no_more_clients(error->text)) {
    return Status(Code::unavailable, "takes no more clients: " + error->text);
  }
  const bool answers_auth = greeting.authenticates && index == 0;
  if (answers_auth || asks_for_credentials(error->text)) {
    return Status(
        Code::unauthenticated,
        fmt::format("{}: {}",
                    greeting.authenticates ? "refused the credentials" : "asks for credentials",
                    error->text));
  }
  if (greeting.last_must_succeed && index + 1 == greeting.replies) {
    return Status(Code::unavailable, "refuses what a connection begins with: " + error->text);
  }
  return {};
}

}  // namespace cachekit::io
