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

// What comes after a type byte in nearly every command: at most eight digits and CR LF. Moves on
// behind them; nothing if there is anything else, or less.
std::optional<std::size_t> take_short_line(const char*& at, const char* end) {
  constexpr std::ptrdiff_t most_digits = 8;
  const char* const first = at;
  std::size_t value = 0;
  while (at < end && *at >= '0' && *at <= '9') {
    value = value * 10 + static_cast<std::size_t>(*at++ - '0');
    if (at - first > most_digits) return std::nullopt;
  }
  const bool leading_zero = at - first > 1 && *first == '0';
  if (at == first || leading_zero || end - at < 2 || at[0] != '\r' || at[1] != '\n') {
    return std::nullopt;
  }
  at += crlf_size;
  return value;
}

}  // namespace

CommandParser::Status CommandParser::next(std::string_view input, const Limits& limits) {
  if (finished_) {
    start_over();
    if (read_whole(input, limits)) return Status::complete;
  }
  if (input.empty()) return incomplete(1);
  return input.front() == '*' ? read_array(input, limits) : read_inline(input);
}

// The short way for a command that is all there and has nothing unusual about it. Whatever else
// there is, errors included, is left to the long way.
bool CommandParser::read_whole(std::string_view input, const Limits& limits) {
  if (!input.starts_with('*') || !limits.authenticated) return false;
  const char* at = input.data() + 1;
  const char* const end = input.data() + input.size();
  const auto count = take_short_line(at, end);
  if (!count || *count == 0 || *count > std::min(limits.arguments, kept_arguments)) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    if (at == end || *at != '$') return give_up();
    const auto size = take_short_line(++at, end);
    if (!size || *size > limits.bulk_bytes) return give_up();
    if (static_cast<std::size_t>(end - at) < *size + crlf_size) return give_up();
    arguments_.emplace_back(at, *size);
    at += *size;
    if (at[0] != '\r' || at[1] != '\n') return give_up();
    at += crlf_size;
  }
  complete(static_cast<std::size_t>(at - input.data()));
  return true;
}

bool CommandParser::give_up() {
  arguments_.clear();
  return false;
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
