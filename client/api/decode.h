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

#include "cachekit/operations.h"
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

/// The answers of a transaction.
Result<std::vector<Value>> decode_exec(Value reply);

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

/// An array, each of whose elements `decode` reads; anything else answers with `expected`.
template <CommandName name, class T>
Result<std::vector<T>> decode_array(Value reply, Result<T> (*decode)(Value),
                                    std::string_view expected) {
  auto* array = reply.get_if<Value::Array>();
  if (array == nullptr) return tl::unexpected(unexpected_reply(name.view(), reply, expected));
  std::vector<T> elements;
  elements.reserve(array->size());
  for (Value& element : *array) {
    auto decoded = decode(std::move(element));
    if (!decoded) return tl::unexpected(std::move(decoded.error()));
    elements.push_back(*std::move(decoded));
  }
  return elements;
}

template <CommandName name>
Result<std::vector<std::optional<std::string>>> decode_optional_strings(Value reply) {
  return decode_array<name>(std::move(reply), decode_optional_string<name>, "an array of strings");
}

template <CommandName name>
Result<std::vector<std::string>> decode_strings(Value reply) {
  return decode_array<name>(std::move(reply), decode_string<name>, "an array of strings");
}

/// Nothing is no strings.
template <CommandName name>
Result<std::vector<std::string>> decode_strings_or_nothing(Value reply) {
  if (reply.is_nil()) return std::vector<std::string>();
  return decode_strings<name>(std::move(reply));
}

template <CommandName name>
Result<std::vector<std::int64_t>> decode_integers(Value reply) {
  return decode_array<name>(std::move(reply), decode_integer<name>, "an array of integers");
}

template <CommandName name>
Result<std::vector<bool>> decode_flags(Value reply) {
  return decode_array<name>(std::move(reply), decode_flag<name>, "an array of 0 and 1");
}

template <CommandName name>
Result<std::optional<std::int64_t>> decode_optional_integer(Value reply) {
  if (const auto* number = reply.get_if<std::int64_t>()) return *number;
  if (reply.is_nil()) return std::nullopt;
  return tl::unexpected(unexpected_reply(name.view(), reply, "an integer or nothing"));
}

/// Fields and values in turn.
template <CommandName name>
Result<std::vector<std::pair<std::string, std::string>>> decode_pairs(Value reply) {
  const auto* array = reply.get_if<Value::Array>();
  if (array == nullptr || array->size() % 2 != 0) {
    return tl::unexpected(unexpected_reply(name.view(), reply, "an array of pairs"));
  }
  auto strings = decode_strings<name>(std::move(reply));
  if (!strings) return tl::unexpected(std::move(strings.error()));
  std::vector<std::pair<std::string, std::string>> pairs;
  pairs.reserve(strings->size() / 2);
  for (std::size_t i = 0; i < strings->size(); i += 2) {
    pairs.emplace_back(std::move((*strings)[i]), std::move((*strings)[i + 1]));
  }
  return pairs;
}

/// The cursor of a walk; nothing if the reply is none.
std::optional<std::uint64_t> cursor_of(const Value& reply);

/// A cursor and what `decode` makes of the rest.
template <CommandName name, class T>
Result<ScanPage<T>> decode_page(Value reply, Result<std::vector<T>> (*decode)(Value)) {
  auto* parts = reply.get_if<Value::Array>();
  const auto cursor =
      parts != nullptr && parts->size() == 2 ? cursor_of(parts->front()) : std::nullopt;
  if (!cursor) {
    return tl::unexpected(unexpected_reply(name.view(), reply, "a cursor and an array"));
  }
  auto items = decode(std::move(parts->back()));
  if (!items) return tl::unexpected(std::move(items.error()));
  return ScanPage<T>{.cursor = *cursor, .items = *std::move(items)};
}

template <CommandName name>
Result<ScanPage<std::string>> decode_page_of_strings(Value reply) {
  return decode_page<name>(std::move(reply), decode_strings<name>);
}

template <CommandName name>
Result<ScanPage<std::pair<std::string, std::string>>> decode_page_of_pairs(Value reply) {
  return decode_page<name>(std::move(reply), decode_pairs<name>);
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
