#include "client/io/reply_reader.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/support/seed.h"
#include "tests/unit/client/replies.h"

namespace cachekit::io {
namespace {

using namespace cachekit::test;

std::vector<Value> read_all(std::string_view bytes, const ReplyLimits& limits = {}) {
  ReplyReader reader(limits);
  std::vector<Value> replies;
  const Status status = reader.read(bytes, replies);
  CHECK_MESSAGE(status.ok(), status.text());
  CHECK(reader.between_replies());
  return replies;
}

Status failure(std::string_view bytes, const ReplyLimits& limits = {}) {
  ReplyReader reader(limits);
  std::vector<Value> replies;
  return reader.read(bytes, replies);
}

std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string nested(std::size_t depth) {
  std::string bytes;
  for (std::size_t i = 0; i < depth; ++i) bytes += "*1\r\n";
  return bytes + ":1\r\n";
}

TEST_CASE("every kind of reply is read") {
  CHECK(read_all("+OK\r\n-ERR no\r\n:-5\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n") ==
        std::vector<Value>{Value(Value::SimpleString{"OK"}), Value(Value::ErrorText{"ERR no"}),
                           number(-5), Value(), Value(), text(""), Value(Value::Array{})});
  CHECK(read_all(bulk(std::string_view("a\r\n\0b", 5))) ==
        std::vector<Value>{text(std::string("a\r\n\0b", 5))});
}

TEST_CASE("arrays hold arrays") {
  const std::vector<Value> replies = read_all("*3\r\n*2\r\n:1\r\n+a\r\n$-1\r\n*1\r\n-E\r\n+b\r\n");
  REQUIRE(replies.size() == 2);
  CHECK(replies[0] ==
        Value(Value::Array{Value(Value::Array{number(1), Value(Value::SimpleString{"a"})}), Value(),
                           Value(Value::Array{Value(Value::ErrorText{"E"})})}));
  CHECK(replies[1] == Value(Value::SimpleString{"b"}));
}

TEST_CASE("replies may arrive in pieces of any size") {
  std::mt19937_64 random(cachekit::test::seed());
  std::string bytes;
  std::vector<Value> expected;
  for (int i = 0; i < 200; ++i) {
    const std::string value(random() % 3000, static_cast<char>('a' + i % 26));
    bytes += "*2\r\n" + bulk(value) + "*1\r\n:" + std::to_string(i) + "\r\n";
    expected.push_back(Value(Value::Array{text(value), Value(Value::Array{number(i)})}));
  }
  for (int round = 0; round < 5; ++round) {
    ReplyReader reader({});
    std::vector<Value> replies;
    std::string_view rest = bytes;
    const std::size_t longest = round == 0 ? 1 : 1 + random() % 20000;
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, 1 + random() % longest);
      REQUIRE(reader.read(piece, replies).ok());
      rest.remove_prefix(piece.size());
    }
    CHECK(replies == expected);
    CHECK(reader.between_replies());
  }
}

TEST_CASE("a reply half read is noticed") {
  ReplyReader reader({});
  std::vector<Value> replies;
  REQUIRE(reader.read("+OK\r\n$5\r\nab", replies).ok());
  CHECK(replies.size() == 1);
  CHECK(!reader.between_replies());
  REQUIRE(reader.read("cde\r\n", replies).ok());
  CHECK(replies.back() == text("abcde"));
  CHECK(reader.between_replies());
}

TEST_CASE("garbage is a protocol error, and replies before it count") {
  ReplyReader reader({});
  std::vector<Value> replies;
  const Status status = reader.read("+OK\r\nHTTP/1.1 400 Bad Request\r\n", replies);
  CHECK(status.code() == Code::protocol_error);
  CHECK(replies.size() == 1);
  for (const char* bytes : {"*x\r\n", "$-5\r\n", ":12a\r\n", "*-2\r\n", "\x80\r\n"}) {
    CHECK_MESSAGE(failure(bytes).code() == Code::protocol_error, bytes);
  }
}

TEST_CASE("random bytes never do more than fail") {
  std::mt19937_64 random(cachekit::test::seed());
  constexpr std::string_view alphabet = "*$:+-0123456789\r\na";
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (std::size_t j = random() % 40; j > 0; --j) bytes += alphabet[random() % alphabet.size()];
    const Status status = failure(bytes);
    CHECK((status.ok() || status.code() == Code::protocol_error ||
           status.code() == Code::limit_exceeded));
  }
}

TEST_CASE("nesting has a limit") {
  CHECK(read_all(nested(7)).size() == 1);
  CHECK(failure(nested(8)).code() == Code::limit_exceeded);
  CHECK(failure(nested(4), {.depth = 3}).code() == Code::limit_exceeded);
  CHECK(read_all(nested(3), {.depth = 3}).size() == 1);
}

TEST_CASE("what redisReader cannot nest is refused whatever the option says") {
  CHECK(failure(nested(9), {.depth = 1000}).code() == Code::limit_exceeded);
}

TEST_CASE("a header's claim costs no memory and is held against the limit") {
  CHECK(failure("*1000000000\r\n").code() == Code::limit_exceeded);
  CHECK(failure("*9\r\n", {.elements = 8}).code() == Code::limit_exceeded);
  CHECK(failure("*2\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n*3\r\n", {.elements = 8}).code() ==
        Code::limit_exceeded);
  CHECK(read_all("*1\r\n:1\r\n*1\r\n:1\r\n", {.elements = 1}).size() == 2);
}

TEST_CASE("the bytes of one reply have a limit") {
  const std::string fits = bulk(std::string(100, 'x'));
  const ReplyLimits limits{.bytes = fits.size()};
  CHECK(read_all(fits + fits + fits, limits).size() == 3);
  CHECK(failure(bulk(std::string(101, 'x')), limits).code() == Code::limit_exceeded);
}

TEST_CASE("a reply that never ends is refused at the limit") {
  ReplyReader reader({.bytes = 100'000});
  std::vector<Value> replies;
  Status status = reader.read("$500000000\r\n", replies);
  std::size_t sent = 0;
  while (status.ok() && sent < 1'000'000) {
    status = reader.read(std::string(1000, 'x'), replies);
    sent += 1000;
  }
  CHECK(status.code() == Code::limit_exceeded);
  CHECK(sent <= 101'000);
}

TEST_CASE("replies that come whole are what they are in pieces") {
  // One byte at a time they all go through redisReader, whole ones only if they are not plain.
  std::mt19937_64 random(cachekit::test::seed());
  const std::vector<std::string> parts = {
      "+OK\r\n",      ":12\r\n",          ":-7\r\n",      "$-1\r\n",
      "$0\r\n\r\n",   bulk("value"),      bulk("a\r\nb"), "-ERR no\r\n",
      "*1\r\n:1\r\n", "*-1\r\n",          "+\r\n",        ":\r\n",
      "$5\r\nab",     "$+5\r\nvalue\r\n", ":+3\r\n",      ":99999999999999999999\r\n",
      "$ 1\r\na\r\n", "$-2\r\n",          "?\r\n",        "$3\r\nabcde",
      ":1 \r\n",      "$01\r\na\r\n"};
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    for (std::uint64_t i = random() % 5; i > 0; --i) bytes += parts[random() % parts.size()];
    if (!bytes.empty() && random() % 4 == 0) bytes.resize(random() % bytes.size());
    if (!bytes.empty() && random() % 4 == 0) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const bool has_limit = random() % 2 == 0;  // which failure comes first may depend on pieces
    const ReplyLimits limits{.bytes = has_limit ? 1 + random() % 30 : 1000};
    ReplyReader whole(limits);
    std::vector<Value> of_whole;
    const Status status_of_whole = whole.read(bytes, of_whole);
    ReplyReader pieces(limits);
    std::vector<Value> of_pieces;
    Status status_of_pieces;
    for (std::size_t i = 0; i < bytes.size() && status_of_pieces.ok(); ++i) {
      status_of_pieces = pieces.read(std::string_view(bytes).substr(i, 1), of_pieces);
    }
    CAPTURE(bytes);
    REQUIRE(of_whole == of_pieces);
    REQUIRE(status_of_whole.ok() == status_of_pieces.ok());
    if (!has_limit) REQUIRE(status_of_whole.code() == status_of_pieces.code());
    REQUIRE(whole.between_replies() == pieces.between_replies());
  }
}

}  // namespace
}  // namespace cachekit::io
