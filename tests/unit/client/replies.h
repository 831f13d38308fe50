// Replies of each kind, in few words.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "cachekit/value.h"

namespace cachekit::test {

inline Value text(std::string bytes) { return Value(std::move(bytes)); }
inline Value number(std::int64_t value) { return Value(value); }
inline Value simple(std::string line) { return Value(Value::SimpleString{std::move(line)}); }
inline Value error_reply(std::string line) { return Value(Value::ErrorText{std::move(line)}); }
inline Value array(Value::Array elements) { return Value(std::move(elements)); }

}  // namespace cachekit::test
