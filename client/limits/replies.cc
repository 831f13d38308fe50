#include "client/limits/replies.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "client/limits/number.h"

namespace cachekit::limits {
namespace {

/// Nobody counts that far, and what is added to it does not overflow.
constexpr std::int64_t most = std::int64_t{1} << 62;

Status unexpected_answer(const Value& answer, std::string_view wanted) {
  const auto* const error = answer.get_if<Value::ErrorText>();
  if (error == nullptr) {
    return Status(Code::protocol_error, fmt::format("a transaction holds {} where {} was expected",
                                                    answer.text(), wanted));
  }
  const bool other_type = error->text.starts_with("WRONGTYPE");
  const bool full = error->text.starts_with("OOM");
  return Status(other_type ? Code::wrong_type
                : full     ? Code::out_of_memory
                           : Code::server_error,
                error->text);
}

}  // namespace

std::string random_token() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

Result<std::int64_t> integer_of(const Value& answer) {
  if (const auto* const number = answer.get_if<std::int64_t>()) return *number;
  return tl::unexpected(unexpected_answer(answer, "a number"));
}

Result<std::optional<std::string>> text_of(const Value& answer) {
  if (const auto* const text = answer.get_if<std::string>()) return *text;
  if (answer.is_nil()) return std::optional<std::string>();
  return tl::unexpected(unexpected_answer(answer, "a string"));
}

Result<std::int64_t> count_of(const Value& answer, std::string_view key) {
  const auto text = text_of(answer);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return 0;
  if (const auto number = number_in(**text)) return std::clamp(*number, -most, most);
  return tl::unexpected(Status(Code::server_error,
                               fmt::format("the key '{}' of a rate limiter holds no number", key)));
}

Result<Microseconds> time_of(const Value& answer) {
  const auto* const parts = answer.get_if<Value::Array>();
  if (parts != nullptr && parts->size() == 2) {
    const auto* const seconds = (*parts)[0].get_if<std::string>();
    const auto* const rest = (*parts)[1].get_if<std::string>();
    if (seconds != nullptr && rest != nullptr) {
      const auto whole = number_in(*seconds);
      const auto micros = number_in(*rest);
      if (whole && micros) return std::chrono::seconds(*whole) + Microseconds(*micros);
    }
  }
  return tl::unexpected(unexpected_answer(answer, "the time"));
}

bool is_unknown_command(const Status& failure) {
  return failure.code() == Code::server_error &&
         failure.message().starts_with("ERR unknown command");
}

bool is_unknown_option(const Status& failure) {
  return failure.code() == Code::server_error && failure.message().starts_with("ERR syntax error");
}

}  // namespace cachekit::limits
