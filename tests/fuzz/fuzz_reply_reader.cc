// The client's reader of replies against any bytes: however they are sliced the replies are the
// same, none is larger than the limits, and replies that are written again are read again. RESP3 is
// read where hiredis is 1.0 or newer.
//
// The first bytes of the input choose the limits and the slices; the rest is what a server sends.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "client/io/reply_reader.h"
#include "tests/fuzz/check.h"

namespace {

using cachekit::Code;
using cachekit::Status;
using cachekit::Value;
using cachekit::fuzz::ExactCopy;
using cachekit::fuzz::require;
using cachekit::io::ReplyLimits;
using cachekit::io::ReplyReader;

// Choices that the fuzzer makes: three limits, then sizes of slices, in turn.
constexpr std::size_t limit_choices = 3;
constexpr std::size_t choice_bytes = 8;

struct Read {
  std::vector<Value> replies;
  Code code = Code::ok;
  bool between_replies = true;

  bool operator==(const Read&) const = default;
};

std::size_t choice(std::string_view choices, std::size_t at) {
  return static_cast<unsigned char>(choices[at % choices.size()]);
}

ReplyLimits chosen_limits(std::string_view choices) {
  const auto bytes = choice(choices, 0);
  const auto elements = choice(choices, 1);
  ReplyLimits limits;
  if (bytes % 2 == 1) limits.bytes = bytes;
  if (elements % 2 == 1) limits.elements = elements;
  limits.depth = 1 + choice(choices, 2) % cachekit::io::deepest_nesting;
  return limits;
}

Read read(std::string_view stream, std::string_view slices, const ReplyLimits& limits) {
  ReplyReader reader(limits);
  Read read;
  Status status;
  for (std::size_t turn = 0; !stream.empty() && status.ok(); ++turn) {
    const auto size = slices.empty() ? stream.size() : 1 + choice(slices, turn);
    const ExactCopy slice(stream.substr(0, size));
    status = reader.read(slice.view(), read.replies);
    stream.remove_prefix(slice.view().size());
  }
  read.code = status.code();
  read.between_replies = status.ok() && reader.between_replies();
  return read;
}

void write(std::string& out, const Value& value);

struct Writer {
  std::string& out;

  void operator()(Value::Nil) const { out += "$-1\r\n"; }
  void operator()(std::int64_t number) const { line(':', std::to_string(number)); }
  void operator()(const Value::SimpleString& text) const { line('+', text.text); }
  void operator()(const Value::ErrorText& text) const { line('-', text.text); }
  void operator()(const std::string& text) const {
    line('$', std::to_string(text.size()));
    out.append(text).append("\r\n");
  }
  void operator()(const Value::Array& values) const {
    line('*', std::to_string(values.size()));
    for (const Value& value : values) write(out, value);
  }

 private:
  void line(char type, std::string_view text) const {
    out.append(1, type).append(text).append("\r\n");
  }
};

template <class... Ts>
bool write_if_held(std::string& out, const Value& value) {
  const auto write_one = [&](const auto* held) { return held && (Writer{out}(*held), true); };
  return (write_one(value.get_if<Ts>()) || ...);
}

void write(std::string& out, const Value& value) {
  const bool written = write_if_held<Value::Nil, std::int64_t, std::string, Value::SimpleString,
                                     Value::ErrorText, Value::Array>(out, value);
  require(written, "a value is of no kind");
}

std::size_t elements_of(const Value& value) {
  const auto* array = value.get_if<Value::Array>();
  if (array == nullptr) return 0;
  std::size_t elements = array->size();
  for (const Value& element : *array) elements += elements_of(element);
  return elements;
}

std::size_t depth_of(const Value& value) {
  const auto* array = value.get_if<Value::Array>();
  if (array == nullptr) return 0;
  std::size_t depth = 0;
  for (const Value& element : *array) depth = std::max(depth, depth_of(element));
  return depth + 1;
}

std::size_t bytes_of(const Value& value) {
  std::string written;
  write(written, value);
  return written.size();
}

void check_limits(const std::vector<Value>& replies, const ReplyLimits& limits) {
  for (const Value& reply : replies) {
    require(elements_of(reply) <= limits.elements, "a reply has more elements than the limit");
    require(depth_of(reply) <= limits.depth, "a reply is deeper than the limit");
    // Twice as large at most is what RESP3 has on a line and is written as a bulk string here.
    require(bytes_of(reply) <= 2 * limits.bytes, "a reply is larger than the limit");
  }
}

// Which of two failures comes first may depend on the slices, but not whether one comes.
void check_same(const Read& whole, const Read& sliced) {
  require(whole.replies == sliced.replies, "slicing changed the replies");
  require((whole.code == Code::ok) == (sliced.code == Code::ok), "slicing changed the status");
  require(whole.between_replies == sliced.between_replies, "slicing changed what is left");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = cachekit::fuzz::divide(data, size, choice_bytes);
  if (!input) return 0;
  const auto [choices, stream] = *input;
  const ReplyLimits limits = chosen_limits(choices);

  const Read whole = read(stream, {}, limits);
  check_limits(whole.replies, limits);
  check_same(whole, read(stream, choices.substr(limit_choices), limits));
  check_same(whole, read(stream, std::string_view("\0", 1), limits));

  std::string written;
  for (const Value& reply : whole.replies) write(written, reply);
  const Read again = read(written, choices.substr(limit_choices), {});
  require(again.replies == whole.replies && again.code == Code::ok && again.between_replies,
          "what was read and written again is not the same");
  return 0;
}
