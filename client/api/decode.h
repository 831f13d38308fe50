// Reads replies as the types of the operations.
//
// Each decoder carries the name of its command, so that a reply of an unexpected kind is refused
// with a sentence that says who answered what. Pure; any thread.

#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/status.h"
#include "cachekit/value.h"

namespace cachekit::api {

/// A command's name as a template argument.
template <std::size_t size>
struct CommandName {
  constexpr CommandName(const char (&text)[size]) { std::copy_n(text, size, characters); }
  constexpr std::string_view view() const { return {characters, size - 1}; }

  char characters[size];
};

/// protocol_error: "GET answered (integer) 1; expected a string or nothing".
Status unexpected_reply(std::string_view command, const Value& reply, std::string_view expected);

template <CommandName name>
Result<std::int64_t> decode_integer(Value reply) {
  if (const auto* number = reply.get_if<std::int64_t>()) return *number;
  return tl::unexpected(unexpected_reply(name.view(), reply, "an integer"));
}

/// An integer that is 0 or 1.
template <CommandName name>
Result<bool> decode_flag(Value reply) {
  const auto* number = reply.get_if<std::int64_t>();
  if (number != nullptr && (*number == 0 || *number == 1)) return *number == 1;
  return tl::unexpected(unexpected_reply(name.view(), reply, "0 or 1"));
}

template <CommandName name>
Result<std::string> decode_string(Value reply) {
  if (auto* bytes = reply.get_if<std::string>()) return std::move(*bytes);
  return tl::unexpected(unexpected_reply(name.view(), reply, "a string"));
}

template <CommandName name>
Result<std::string> decode_simple_string(Value reply) {
  if (auto* simple = reply.get_if<Value::SimpleString>()) return std::move(simple->text);
  return tl::unexpected(unexpected_reply(name.view(), reply, "a simple string"));
}

template <CommandName name>
Result<std::optional<std::string>> decode_optional_string(Value reply) {
  if (auto* bytes = reply.get_if<std::string>()) return std::move(*bytes);
  if (reply.is_nil()) return std::nullopt;
  return tl::unexpected(unexpected_reply(name.view(), reply, "a string or nothing"));
}

template <CommandName name>
Result<std::vector<std::optional<std::string>>> decode_optional_strings(Value reply) {
  auto* array = reply.get_if<Value::Array>();
  if (array == nullptr) {
    return tl::unexpected(unexpected_reply(name.view(), reply, "an array of strings"));
  }
  std::vector<std::optional<std::string>> values;
  values.reserve(array->size());
  for (Value& element : *array) {
    auto value = decode_optional_string<name>(std::move(element));
    if (!value) return tl::unexpected(std::move(value.error()));
    values.push_back(*std::move(value));
  }
  return values;
}

template <CommandName name>
Result<double> decode_double(Value reply) {
  if (const auto* bytes = reply.get_if<std::string>()) {
    double number = 0;
    const char* end = bytes->data() + bytes->size();
    const auto [read_to, error] = std::from_chars(bytes->data(), end, number);
    if (error == std::errc() && read_to == end) return number;
  }
  return tl::unexpected(unexpected_reply(name.view(), reply, "a number as a string"));
}

bool is_ok(const Value& reply);

template <CommandName name>
Result<void> decode_ok(Value reply) {
  if (is_ok(reply)) return {};
  return tl::unexpected(unexpected_reply(name.view(), reply, "OK"));
}

/// OK is true, nothing is false.
template <CommandName name>
Result<bool> decode_ok_or_nothing(Value reply) {
  if (is_ok(reply)) return true;
  if (reply.is_nil()) return false;
  return tl::unexpected(unexpected_reply(name.view(), reply, "OK or nothing"));
}

}  // namespace cachekit::api
