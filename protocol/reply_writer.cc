#include "protocol/reply_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "protocol/bulk.h"

namespace cachekit::protocol {
namespace {

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.17g}", value);
}

}  // namespace

void ReplyWriter::header(char type, std::size_t count) {
  append_number_line(out_->tail(), type, count);
}

void ReplyWriter::simple(std::string_view text) {
  out_->tail().append("+").append(text).append("\r\n");
}

void ReplyWriter::error(std::string_view text) {
  while (text.ends_with('\r') || text.ends_with('\n')) text.remove_suffix(1);
  std::string& tail = out_->tail();
  if (error_code_.empty()) error_code_ = text.substr(0, text.find(' '));
  tail.push_back('-');
  std::replace_copy_if(
      text.begin(), text.end(), std::back_inserter(tail),
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
  tail.append("\r\n");
}

void ReplyWriter::integer(std::int64_t value) { append_number_line(out_->tail(), ':', value); }

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
  if (spend(bytes.size())) append_bulk(out_->tail(), bytes);
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
