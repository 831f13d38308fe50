#include "bench/compare/reply_counter.h"

#include <fmt/format.h>

#include <algorithm>

namespace cachekit::bench::compare {
namespace {

constexpr std::size_t longest_failure = 80;

std::size_t hit_size(const LoadOptions& options) {
  const std::size_t length_digits = fmt::format("{}", options.value_bytes).size();
  if (options.protocol == Protocol::resp) {  // $5\r\nvalue\r\n
    return 1 + length_digits + 2 + options.value_bytes + 2;
  }
  // VALUE key 0 5\r\nvalue\r\nEND\r\n
  return 6 + options.key_bytes + 3 + length_digits + 2 + options.value_bytes + 2 + 5;
}

}  // namespace

ReplyCounter::ReplyCounter(const LoadOptions& options)
    : protocol_(options.protocol), hit_bytes_(hit_size(options)) {}

ReplyCounter::Kind ReplyCounter::kind_of(char first, char second) const {
  if (protocol_ == Protocol::resp) {
    if (first == '$' && second == '-') return {5, true};  // $-1\r\n
    if (first == '$') return {hit_bytes_};
    if (first == '+') return {5};  // +OK\r\n
    return {};
  }
  if (first == 'V') return {hit_bytes_};
  if (first == 'E' && second == 'N') return {5, true};  // END\r\n
  if (first == 'S' && second == 'T') return {8};        // STORED\r\n
  return {};
}

ReplyCounter::Count ReplyCounter::count(std::string_view bytes) {
  Count count;
  while (!bytes.empty() && failure_.empty()) {
    if (to_skip_ == 0) {
      if (bytes.size() == 1 && !has_first_) {
        has_first_ = true;
        first_ = bytes[0];
        break;
      }
      const Kind kind = has_first_ ? kind_of(first_, bytes[0]) : kind_of(bytes[0], bytes[1]);
      if (kind.size == 0) {
        failure_ = std::string(bytes.substr(0, longest_failure));
        break;
      }
      to_skip_ = kind.size - (has_first_ ? 1 : 0);
      has_first_ = false;
      if (kind.miss) ++count.misses;
    }
    const std::size_t step = std::min(to_skip_, bytes.size());
    bytes.remove_prefix(step);
    to_skip_ -= step;
    if (to_skip_ == 0) ++count.replies;
  }
  return count;
}

}  // namespace cachekit::bench::compare
