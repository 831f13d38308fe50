// A reply of any kind, for commands whose answer has no fixed type.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cachekit {

/// One reply. Maps and sets arrive as flat arrays, as RESP2 sends them.
class Value {
 public:
  struct Nil {
    bool operator==(const Nil&) const = default;
  };
  /// A short text such as OK.
  struct SimpleString {
    std::string text;
    bool operator==(const SimpleString&) const = default;
  };
  /// An error inside an array; a reply that is an error as a whole becomes a Status instead.
  struct ErrorText {
    std::string text;
    bool operator==(const ErrorText&) const = default;
  };
  using Array = std::vector<Value>;
  using Variant = std::variant<Nil, std::int64_t, std::string, SimpleString, ErrorText, Array>;

  Value() = default;
  explicit Value(Variant variant) : variant_(std::move(variant)) {}

  bool is_nil() const { return std::holds_alternative<Nil>(variant_); }

  /// The held alternative, or nullptr: `if (const auto* text = value.get_if<std::string>())`.
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&variant_);
  }
  template <class T>
  T* get_if() {
    return std::get_if<T>(&variant_);
  }

  /// As redis-cli prints it: `"text"`, `(integer) 1`, `(nil)`, numbered array elements.
  std::string text() const;

  bool operator==(const Value&) const = default;

 private:
  Variant variant_;
};

}  // namespace cachekit
