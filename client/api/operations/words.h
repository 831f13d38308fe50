// How the operations put their words together. Pure.

#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "cachekit/operations.h"

namespace cachekit::operations {

Request words_of(std::initializer_list<std::string_view> words);

/// The head, then all of the tail.
Request with_strings(std::initializer_list<std::string_view> head, Strings tail);
Request with_pairs(std::initializer_list<std::string_view> head, std::span<const KeyValue> pairs);

/// Adds MATCH, TYPE and COUNT, or refuses.
void add_scan_options(Request& request, const ScanOptions& options);
/// The same for the elements of a key, which have no type.
void add_element_scan_options(Request& request, const ScanOptions& options);

/// Refuses a request whose count is below 0.
void require_count(Request& request, std::int64_t count);

/// Refuses a request that has none of what it is about.
void require_some(Request& request, std::size_t count, std::string_view what);

/// Adds a number, or refuses one that is not finite.
void add_finite(Request& request, double number);

/// Rounded up.
std::int64_t unix_milliseconds(std::chrono::system_clock::time_point time);

}  // namespace cachekit::operations
