#include "node/large_bulks.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "tests/support/seed.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::string bulk(std::string_view bytes) {
  return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes);
}

std::string set_command(std::string_view key, std::string_view value) {
  return "*3\r\n" + bulk("SET").append(bulk(key)).append(bulk(value));
}

// Sends the bytes in reads of at most `most`.
std::string send_sliced(Client& client, std::string_view bytes, std::size_t most) {
  std::mt19937_64 random(seed());
  std::string answers;
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, 1 + random() % most);
    answers += client.send(slice);
    bytes.remove_prefix(slice.size());
  }
  return answers;
}

std::string pattern(std::size_t size) {
  std::string value(size, ' ');
  for (std::size_t i = 0; i < size; ++i) value[i] = static_cast<char>('a' + i * i % 23);
  return value;
}

TEST_CASE("large values are received whole, however they are cut") {
  for (const std::size_t most : {100U, 5000U, 70'000U}) {
    CAPTURE(most);
    TestNode node;
    Client client(node);
    const std::string value = pattern(300'001);
    const std::string input = set_command("a", value) + set_command("b", "small") +
                              set_command("c", value + "c") + "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    CHECK(send_sliced(client, input, most) == "+OK\r\n+OK\r\n+OK\r\n" + bulk(value));
    CHECK(client.call({"GET", "b"}) == bulk("small"));
    CHECK(client.call({"GET", "c"}) == bulk(value + "c"));
    CHECK(client.connection().input_bytes == 0);
  }
}

TEST_CASE("several large bulks of one command are each received for themselves") {
  TestNode node;
  Client client(node);
  const std::string one = pattern(100'000);
  const std::string two = pattern(50'000) + "!";
  const std::string input =
      "*5\r\n" +
      bulk("MSET").append(bulk("a")).append(bulk(one)).append(bulk("b")).append(bulk(two));
  CHECK(send_sliced(client, input, 9000) == "+OK\r\n");
  CHECK(client.call({"GET", "a"}) == bulk(one));
  CHECK(client.call({"GET", "b"}) == bulk(two));
}

TEST_CASE("a received value is kept where it was received, and not copied") {
  TestNode node;
  Client client(node);
  const std::string input = set_command("k", pattern(4 * mebibyte));
  client.send(std::string_view(input).substr(0, input.size() - 10));
  const auto& store = node.node().store();
  const std::size_t before = store.used_memory_bytes();
  CHECK(before >= 4 * mebibyte - 10);
  CHECK(client.send(std::string_view(input).substr(input.size() - 10)) == "+OK\r\n");
  CHECK(store.used_memory_bytes() < before + mebibyte / 8);
}

TEST_CASE("commands that make another value of a large bulk see it as any other") {
  TestNode node;
  Client client(node);
  const std::string value = pattern(70'000);
  client.call({"SET", "k", "head:"});
  const std::string append = "*3\r\n" + bulk("APPEND").append(bulk("k")).append(bulk(value));
  CHECK(send_sliced(client, append, 10'000) == ":70005\r\n");
  CHECK(client.call({"GET", "k"}) == bulk("head:" + value));
  client.call({"MULTI"});
  CHECK(send_sliced(client, set_command("q", value), 10'000) == "+QUEUED\r\n");
  CHECK(client.call({"EXEC"}) == "*1\r\n+OK\r\n");
  CHECK(client.call({"GET", "q"}) == bulk(value));
}

TEST_CASE("memory is taken as bytes arrive and given back when the client leaves") {
  TestNode node;
  const auto& store = node.node().store();
  const std::size_t before = store.used_memory_bytes();
  {
    Client client(node);
    client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\n" + std::string(100'000, 'x'));
    CHECK(store.used_memory_bytes() < before + mebibyte);
    CHECK(client.connection().input_bytes > 100'000);
  }
  while (node.node().store().maintain(node.now().unix_ms, 100)) continue;
  CHECK(store.used_memory_bytes() == before);
}

TEST_CASE("a large bulk that is not followed by CR LF is a protocol error") {
  TestNode node;
  Client client(node);
  const std::string value = pattern(100'000);
  const std::string input =
      fmt::format("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{}xx", value.size(), value);
  CHECK(send_sliced(client, input, 30'000).starts_with("-ERR Protocol error"));
  CHECK(client.closed);
}

}  // namespace
}  // namespace cachekit::test
