#include "bench/compare/reply_counter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "bench/compare/request_batch.h"

namespace cachekit::test {
namespace {

using bench::compare::LoadOptions;
using bench::compare::Operation;
using bench::compare::Protocol;
using bench::compare::ReplyCounter;
using bench::compare::RequestBatch;

ReplyCounter::Count count_in_pieces(const LoadOptions& options, std::string_view stream,
                                    std::size_t piece) {
  ReplyCounter counter(options);
  ReplyCounter::Count all;
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    const auto count = counter.count(stream.substr(0, piece));
    all.replies += count.replies;
    all.misses += count.misses;
  }
  CHECK(counter.failure().empty());
  return all;
}

void check_everywhere(const LoadOptions& options, const std::string& stream, std::size_t replies,
                      std::size_t misses) {
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    const auto count = count_in_pieces(options, stream, piece);
    CHECK(count.replies == replies);
    CHECK(count.misses == misses);
  }
}

TEST_CASE("replies are counted however they are cut") {
  const LoadOptions resp{.value_bytes = 5};
  check_everywhere(resp, "$5\r\nvalue\r\n$-1\r\n+OK\r\n$5\r\n$-1\r\n\r\n", 4, 1);
}

TEST_CASE("memcached's replies are counted however they are cut") {
  const LoadOptions memcached{.protocol = Protocol::memcached, .key_bytes = 10, .value_bytes = 5};
  check_everywhere(memcached, "VALUE k000000001 0 5\r\nvalue\r\nEND\r\nEND\r\nSTORED\r\n", 3, 1);
}

TEST_CASE("an error is told") {
  ReplyCounter counter(LoadOptions{});
  counter.count("+OK\r\n-ERR no\r\n");
  CHECK(counter.failure() == "-ERR no\r\n");
}

TEST_CASE("a batch repeats the request, with its own key in each") {
  RequestBatch batch({.depth = 3, .key_bytes = 12});
  batch.set_key(0, 0);
  batch.set_key(1, 123'456'789);
  CHECK(batch.bytes(2) ==
        "*2\r\n$3\r\nGET\r\n$12\r\nkey000000000\r\n*2\r\n$3\r\nGET\r\n$12\r\nkey123456789\r\n");
}

TEST_CASE("what is set carries its time to live") {
  RequestBatch resp({.operation = Operation::set, .key_bytes = 10, .value_bytes = 2, .ttl_s = 9});
  CHECK(resp.bytes(1) ==
        "*5\r\n$3\r\nSET\r\n$10\r\nk000000000\r\n$2\r\nxx\r\n$2\r\nEX\r\n$1\r\n9\r\n");
  RequestBatch memcached({.protocol = Protocol::memcached,
                          .operation = Operation::set,
                          .key_bytes = 10,
                          .value_bytes = 2,
                          .ttl_s = 9});
  CHECK(memcached.bytes(1) == "set k000000000 0 9 2\r\nxx\r\n");
}

}  // namespace
}  // namespace cachekit::test
