#include "client/api/operations/words.h"

#include <fmt/format.h>

#include <cmath>

namespace cachekit::operations {
namespace {

std::size_t bytes_of(std::span<const std::string_view> words) {
  std::size_t bytes = 0;
  for (const std::string_view word : words) bytes += word.size();
  return bytes;
}

}  // namespace

Request words_of(std::initializer_list<std::string_view> words) { return with_strings(words, {}); }

Request with_strings(std::initializer_list<std::string_view> head, Strings tail) {
  Request request;
  request.reserve(head.size() + tail.size(),
                  bytes_of({head.begin(), head.size()}) + bytes_of(tail));
  for (const std::string_view word : head) request.add(word);
  for (const std::string_view word : tail) request.add(word);
  return request;
}

Request with_pairs(std::initializer_list<std::string_view> head, std::span<const KeyValue> pairs) {
  Request request;
  std::size_t bytes = bytes_of({head.begin(), head.size()});
  for (const auto& [key, value] : pairs) bytes += key.size() + value.size();
  request.reserve(head.size() + 2 * pairs.size(), bytes);
  for (const std::string_view word : head) request.add(word);
  for (const auto& [key, value] : pairs) request.add(key).add(value);
  return request;
}

void add_scan_options(Request& request, const ScanOptions& options) {
  if (options.match) request.add("MATCH").add(*options.match);
  if (options.type) request.add("TYPE").add(*options.type);
  request.add("COUNT").add(options.count);
  if (options.count >= 1) return;
  request.refuse(
      fmt::format("{} was given a count of {}; it must be at least 1", request[0], options.count));
}

void add_element_scan_options(Request& request, const ScanOptions& options) {
  add_scan_options(request, options);
  if (options.type) request.refuse(fmt::format("{} takes no type", request[0]));
}

void require_count(Request& request, std::int64_t count) {
  if (count >= 0) return;
  request.refuse(
      fmt::format("{} was given a count of {}; it must be at least 0", request[0], count));
}

void require_some(Request& request, std::size_t count, std::string_view what) {
  if (count == 0) request.refuse(fmt::format("{} needs at least one {}", request[0], what));
}

void add_finite(Request& request, double number) {
  request.add(fmt::format("{}", number));
  if (std::isfinite(number)) return;
  request.refuse(fmt::format("{} was given {}; expected a finite number", request[0], number));
}

std::int64_t unix_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace cachekit::operations
