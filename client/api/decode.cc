#include "client/api/decode.h"

#include <fmt/format.h>

namespace cachekit::api {
namespace {

/// Enough of an unexpected reply to recognise it.
constexpr std::size_t longest_shown_reply = 80;

std::string describe(const Value& reply) {
  if (const auto* array = reply.get_if<Value::Array>()) {
    return fmt::format("an array of {} elements", array->size());
  }
  if (const auto* bytes = reply.get_if<std::string>()) {
    if (bytes->size() > longest_shown_reply) {
      return fmt::format("a string of {} bytes", bytes->size());
    }
  }
  return reply.text().substr(0, longest_shown_reply);
}

}  // namespace

Status unexpected_reply(std::string_view command, const Value& reply, std::string_view expected) {
  return Status(Code::protocol_error, fmt::format("{} was answered with {}; expected {}", command,
                                                  describe(reply), expected));
}

Result<std::vector<Value>> decode_exec(Value reply) {
  if (auto* answers = reply.get_if<Value::Array>()) return std::move(*answers);
  return tl::unexpected(unexpected_reply("EXEC", reply, "an array"));
}

std::optional<std::uint64_t> cursor_of(const Value& reply) {
  const auto* digits = reply.get_if<std::string>();
  if (digits == nullptr) return std::nullopt;
  std::uint64_t cursor = 0;
  const char* end = digits->data() + digits->size();
  const auto [read_to, error] = std::from_chars(digits->data(), end, cursor);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return cursor;
}

bool is_ok(const Value& reply) {
  const auto* simple = reply.get_if<Value::SimpleString>();
  return simple != nullptr && simple->text == "OK";
}

}  // namespace cachekit::api
