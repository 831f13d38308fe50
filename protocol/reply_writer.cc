#include "protocol/reply_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string>

namespace cachekit::protocol {
namespace {

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.17g}", value);
}

// A line of a type and a number, as most that is written has.
class NumberLine {
 public:
  template <class Integer>
  NumberLine(char type, Integer number) {
    bytes_[0] = type;
    char* const end = std::to_chars(bytes_.data() + 1, bytes_.data() + bytes_.size(), number).ptr;
    end[0] = '\r';
    end[1] = '\n';
    size_ = static_cast<std::size_t>(end + 2 - bytes_.data());
  }

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 1 + 20 + 2> bytes_;  // 64 bits take 20 characters at most
  std::size_t size_;
};

// A short bulk in one piece, which is appended faster than three.
class ShortBulk {
 public:
  static constexpr std::size_t most_bytes = 64;

  explicit ShortBulk(std::string_view bytes) {
    char* at = bytes_.data();
    *at++ = '$';
    if (bytes.size() > 9) *at++ = static_cast<char>('0' + bytes.size() / 10);
    *at++ = static_cast<char>('0' + bytes.size() % 10);
    at = std::copy_n("\r\n", 2, at);
    at = std::copy(bytes.begin(), bytes.end(), at);
    at = std::copy_n("\r\n", 2, at);
    size_ = static_cast<std::size_t>(at - bytes_.data());
  }

  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 5 + most_bytes + 2> bytes_;
  std::size_t size_;
};

}  // namespace

void ReplyWriter::header(char type, std::size_t count) {
  out_->tail().append(NumberLine(type, count).view());
}

void ReplyWriter::simple(std::string_view text) {
  out_->tail().append("+").append(text).append("\r\n");
}

void ReplyWriter::error(std::string_view text) {
  while (text.ends_with('\r') || text.ends_with('\n')) text.remove_suffix(1);
  std::string& tail = out_->tail();
  failed_ = true;
  error_offset_ = tail.size();
  tail.push_back('-');
  std::replace_copy_if(
      text.begin(), text.end(), std::back_inserter(tail),
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
  tail.append("\r\n");
}

std::string_view ReplyWriter::written_error() const {
  if (!failed_) return {};
  return std::string_view(out_->tail()).substr(error_offset_);
}

void ReplyWriter::integer(std::int64_t value) {
  out_->tail().append(NumberLine(':', value).view());
}

void ReplyWriter::real(double value) {
  const std::string text = real_text(value);
  if (resp3()) {
    out_->tail().append(",").append(text).append("\r\n");
  } else {
    bulk(text);
  }
}

void ReplyWriter::boolean(bool value) {
  if (resp3()) {
    out_->tail().append(value ? "#t\r\n" : "#f\r\n");
  } else {
    integer(value ? 1 : 0);
  }
}

bool ReplyWriter::spend(std::size_t bytes) {
  over_budget_ = over_budget_ || bytes > budget_bytes_;
  if (!over_budget_) budget_bytes_ -= bytes;
  return !over_budget_;
}

void ReplyWriter::bulk(std::string_view bytes) {
  if (!spend(bytes.size())) return;
  if (bytes.size() <= ShortBulk::most_bytes) {
    out_->tail().append(ShortBulk(bytes).view());
    return;
  }
  out_->tail().append(NumberLine('$', bytes.size()).view()).append(bytes).append("\r\n");
}

void ReplyWriter::pinned_bulk(std::string_view bytes, std::shared_ptr<const void> pin) {
  if (!spend(bytes.size())) return;
  header('$', bytes.size());
  out_->pin(bytes, std::move(pin));
  out_->tail().append("\r\n");
}

void ReplyWriter::verbatim(std::string_view text) {
  if (!resp3()) return bulk(text);
  header('=', text.size() + 4);
  out_->tail().append("txt:").append(text).append("\r\n");
}

void ReplyWriter::null() { out_->tail().append(resp3() ? "_\r\n" : "$-1\r\n"); }

void ReplyWriter::null_array() { out_->tail().append(resp3() ? "_\r\n" : "*-1\r\n"); }

void ReplyWriter::map(std::size_t pairs) {
  header(resp3() ? '%' : '*', resp3() ? pairs : 2 * pairs);
}

}  // namespace cachekit::protocol
