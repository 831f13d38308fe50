#include "protocol/command_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "protocol/inline_command.h"
#include "protocol/integer.h"

namespace cachekit::protocol {
namespace {

constexpr std::size_t crlf_size = 2;

constexpr std::size_t no_line = static_cast<std::size_t>(-1);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr std::size_t digit_of(char c) { return static_cast<std::size_t>(c - '0'); }

// A number below a hundred million without leading zeros, and CR LF.
std::size_t take_number_line(const char*& at, const char* end) {
  constexpr std::size_t too_much = 100'000'000;
  const char* const first = at;
  std::size_t value = 0;
  for (; at != end && is_digit(*at); ++at) {
    value = value * 10 + digit_of(*at);
    if (value >= too_much) return no_line;
  }
  const auto digits = at - first;
  if (digits == 0 || (digits > 1 && *first == '0')) return no_line;
  if (end - at < 2 || at[0] != '\r' || at[1] != '\n') return no_line;
  at += crlf_size;
  return value;
}

// The line that begins a command or a bulk, as nearly all of them are: its type and such a number,
// mostly of one digit or two. Moves on behind it; no_line if there is anything else, or less.
template <char type>
std::size_t take_header(const char*& at, const char* end) {
  constexpr std::ptrdiff_t size_with_one_digit = 4;
  constexpr std::ptrdiff_t size_with_two_digits = 5;
  if (end - at >= size_with_two_digits && *at == type && is_digit(at[1])) {
    const std::size_t first = digit_of(at[1]);
    if (at[2] == '\r' && at[3] == '\n') {
      at += size_with_one_digit;
      return first;
    }
    if (first != 0 && is_digit(at[2]) && at[3] == '\r' && at[4] == '\n') {
      const std::size_t second = digit_of(at[2]);
      at += size_with_two_digits;
      return 10 * first + second;
    }
  }
  if (at == end || *at != type) return no_line;
  return take_number_line(++at, end);
}

}  // namespace

std::size_t CommandParser::take_whole(std::string_view input, const Limits& limits,
                                      std::vector<std::string_view>& words) {
  if (!limits.authenticated) return 0;
  const std::size_t words_before = words.size();
  const auto give_up = [&] {
    words.resize(words_before);
    return std::size_t{0};
  };
  const char* at = input.data();
  const char* const end = at + input.size();
  const std::size_t count = take_header<'*'>(at, end);
  if (count == 0 || count > std::min(limits.arguments, kept_arguments)) return 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = take_header<'$'>(at, end);
    const auto left = static_cast<std::size_t>(end - at);
    if (size > limits.bulk_bytes || left < crlf_size || left - crlf_size < size) return give_up();
    words.emplace_back(at, size);
    at += size;
    if (at[0] != '\r' || at[1] != '\n') return give_up();
    at += crlf_size;
  }
  return static_cast<std::size_t>(at - input.data());
}

CommandParser::Status CommandParser::next(std::string_view input, const Limits& limits) {
  if (finished_) {
    start_over();
    if (const std::size_t size = take_whole(input, limits, arguments_)) return complete(size);
  }
  return read_on(input, limits);
}

CommandParser::Status CommandParser::read_on(std::string_view input, const Limits& limits) {
  if (finished_) start_over();
  if (input.empty()) return incomplete(1);
  return input.front() == '*' ? read_array(input, limits) : read_inline(input);
}

CommandParser::Status CommandParser::read_array(std::string_view input, const Limits& limits) {
  if (!in_array_) {
    if (const Status status = read_count(input, limits); status != Status::complete) return status;
  }
  while (remaining_ > 0) {
    if (bulk_size_ == no_bulk) {
      const Status status = read_bulk_size(input, limits);
      if (status != Status::complete) return status;
    }
    if (const Status status = read_bulk(input); status != Status::complete) return status;
  }
  arguments_.reserve(slices_.size());
  for (const auto& [offset, size, elsewhere] : slices_) {
    arguments_.push_back(elsewhere != nullptr ? std::string_view(elsewhere, size)
                                              : input.substr(offset, size));
  }
  return complete(position_);
}

CommandParser::Status CommandParser::read_count(std::string_view input, const Limits& limits) {
  const auto line_end = std::min(input.find('\r'), input.size());
  if (line_end >= max_line_bytes) return fail("too big mbulk count string");
  if (line_end + 1 >= input.size()) return incomplete(input.size() + 1);
  const auto count = parse_integer(input.substr(1, line_end - 1));
  if (!count || *count > static_cast<std::int64_t>(limits.arguments) ||
      input[line_end + 1] != '\n') {
    return fail("invalid multibulk length");
  }
  if (!limits.authenticated && *count > std::int64_t{max_unauthenticated_arguments}) {
    return fail("unauthenticated multibulk length");
  }
  remaining_ = *count > 0 ? static_cast<std::size_t>(*count) : 0;
  position_ = line_end + crlf_size;
  in_array_ = true;
  return Status::complete;
}

CommandParser::Status CommandParser::read_bulk_size(std::string_view input, const Limits& limits) {
  const auto line_end = std::min(input.find('\r', position_), input.size());
  if (line_end - position_ >= max_line_bytes) return fail("too big bulk count string");
  if (line_end + 1 >= input.size()) return incomplete(input.size() + 1);
  if (input[position_] != '$') {
    return fail(fmt::format("expected '$', got '{}'", input[position_]));
  }
  const auto size = parse_integer(input.substr(position_ + 1, line_end - position_ - 1));
  if (!size || *size < 0 || *size > static_cast<std::int64_t>(limits.bulk_bytes) ||
      input[line_end + 1] != '\n') {
    return fail("invalid bulk length");
  }
  if (!limits.authenticated && *size > std::int64_t{max_unauthenticated_bulk_bytes}) {
    return fail("unauthenticated bulk length");
  }
  bulk_size_ = static_cast<std::size_t>(*size);
  position_ = line_end + crlf_size;
  return Status::complete;
}

std::optional<CommandParser::AwaitedBulk> CommandParser::awaited_bulk() const {
  if (finished_ || bulk_size_ == no_bulk || supplied_) return std::nullopt;
  return AwaitedBulk{position_, bulk_size_};
}

void CommandParser::supply(std::string_view bulk) { supplied_ = bulk; }

CommandParser::Status CommandParser::read_bulk(std::string_view input) {
  const std::size_t end = supplied_ ? position_ : position_ + bulk_size_;
  if (input.size() < end + crlf_size) return incomplete(end + crlf_size);
  if (input[end] != '\r' || input[end + 1] != '\n') return fail("expected CR LF after a bulk");
  slices_.push_back({position_, bulk_size_, supplied_ ? supplied_->data() : nullptr});
  supplied_.reset();
  position_ = end + crlf_size;
  bulk_size_ = no_bulk;
  --remaining_;
  return Status::complete;
}

CommandParser::Status CommandParser::read_inline(std::string_view input) {
  const auto newline = std::min(input.find('\n', position_), input.size());
  if (newline > max_line_bytes) return fail("too big inline request");
  if (newline == input.size()) {
    position_ = input.size();
    return incomplete(input.size() + 1);
  }
  std::string_view line = input.substr(0, newline);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  auto words = split_inline_command(line);
  if (!words) return fail("unbalanced quotes in request");
  inline_words_ = std::move(*words);
  arguments_.assign(inline_words_.begin(), inline_words_.end());
  inline_ = true;
  return complete(newline + 1);
}

CommandParser::Status CommandParser::complete(std::size_t consumed) {
  consumed_ = consumed;
  finished_ = true;
  return Status::complete;
}

CommandParser::Status CommandParser::incomplete(std::size_t needed) {
  needed_ = needed;
  return Status::incomplete;
}

CommandParser::Status CommandParser::fail(std::string_view reason) {
  error_ = fmt::format("ERR Protocol error: {}", reason);
  finished_ = true;
  return Status::error;
}

void CommandParser::start_over() {
  position_ = 0;
  remaining_ = 0;
  bulk_size_ = no_bulk;
  supplied_.reset();
  in_array_ = false;
  finished_ = false;
  inline_ = false;
  slices_.clear();
  arguments_.clear();
  if (slices_.capacity() > kept_arguments) {
    slices_.shrink_to_fit();
    arguments_.shrink_to_fit();
  }
}

}  // namespace cachekit::protocol
