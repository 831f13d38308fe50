// What the answers within a transaction say.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cachekit/status.h"
#include "cachekit/value.h"
#include "client/limits/windows.h"

namespace cachekit::limits {

/// 128 random bits, in hexadecimal.
std::string random_token();

/// Fails with what an error among the answers says: wrong_type, out_of_memory or server_error.
Result<std::int64_t> integer_of(const Value& answer);
Result<std::optional<std::string>> text_of(const Value& answer);

/// A counter's value, ±2⁶² at most; 0 where there is none.
Result<std::int64_t> count_of(const Value& answer, std::string_view key);

/// What TIME answers: Unix time.
Result<Microseconds> time_of(const Value& answer);

/// A server's word that it does not know a command, or an option of one.
bool is_unknown_command(const Status& failure);
bool is_unknown_option(const Status& failure);

}  // namespace cachekit::limits
