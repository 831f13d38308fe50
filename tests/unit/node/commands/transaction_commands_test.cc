#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr std::string_view aborted =
    "-EXECABORT Transaction discarded because of previous errors.\r\n";

// Writes down the grouping of effects: "(ab)c" for two keys in a group and one outside.
class GroupRecorder : public node::storage::EffectSink {
 public:
  void apply(const node::storage::Effect& effect) override { record += effect.key; }
  void begin_group() override { record += '('; }
  void end_group() override { record += ')'; }

  std::string record;
};

TEST_CASE("queued commands are executed by EXEC, in order") {
  TestNode node;
  Client client(node);
  CHECK(client.send("MULTI\r\nSET a 1\r\nINCR a\r\nGET b\r\n") ==
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n");
  CHECK(node.node().store().size() == 0);
  CHECK(client.send("EXEC\r\n") == "*3\r\n+OK\r\n:2\r\n$-1\r\n");
  CHECK(client.send("EXEC\r\n") == "-ERR EXEC without MULTI\r\n");
}

TEST_CASE("an empty transaction answers an empty array") {
  TestNode node;
  Client client(node);
  CHECK(client.send("MULTI\r\nEXEC\r\n") == "+OK\r\n*0\r\n");
}

TEST_CASE("EXEC makes one group of all effects") {
  TestNode node;
  Client client(node);
  GroupRecorder recorder;
  node.node().effects().subscribe(recorder);
  client.send("SET c 1\r\nMULTI\r\nSET a 1\r\nSET b 2\r\nEXEC\r\n");
  node.node().effects().unsubscribe(recorder);
  CHECK(recorder.record == "c(ab)");
}

TEST_CASE("an error while executing stops nothing") {
  TestNode node;
  Client client(node);
  CHECK(client.send("MULTI\r\nSET a x\r\nINCR a\r\nGET a\r\nEXEC\r\n")
            .ends_with("*3\r\n+OK\r\n-ERR value is not an integer or out of range\r\n$1\r\nx\r\n"));
}

TEST_CASE("an error while queueing aborts the whole") {
  TestNode node;
  Client client(node);
  CHECK(client.send("MULTI\r\nSET a 1\r\nNOSUCH\r\nEXEC\r\n").ends_with(aborted));
  CHECK(client.send("MULTI\r\nGET\r\nEXEC\r\n").ends_with(aborted));
  CHECK(client.send("MULTI\r\nCLIENT foo\r\nEXEC\r\n").ends_with(aborted));
  CHECK(node.node().store().size() == 0);
  CHECK(client.send("SET a 1\r\n") == "+OK\r\n");
}

TEST_CASE("DISCARD forgets what was queued") {
  TestNode node;
  Client client(node);
  CHECK(client.send("DISCARD\r\n") == "-ERR DISCARD without MULTI\r\n");
  CHECK(client.send("MULTI\r\nSET a 1\r\nDISCARD\r\nEXISTS a\r\n") ==
        "+OK\r\n+QUEUED\r\n+OK\r\n:0\r\n");
}

TEST_CASE("MULTI does not nest, and that aborts nothing") {
  TestNode node;
  Client client(node);
  CHECK(client.send("MULTI\r\nMULTI\r\nSET a 1\r\nEXEC\r\n") ==
        "+OK\r\n-ERR MULTI calls can not be nested\r\n+QUEUED\r\n*1\r\n+OK\r\n");
}

TEST_CASE("WATCH is refused with a reason, UNWATCH has nothing to do") {
  TestNode node;
  Client client(node);
  CHECK(client.send("WATCH a\r\n").starts_with("-ERR WATCH is not supported: "));
  CHECK(client.send("UNWATCH\r\n") == "+OK\r\n");
  CHECK(client.send("MULTI\r\nWATCH a\r\nEXEC\r\n") ==
        "+OK\r\n-ERR WATCH inside MULTI is not allowed\r\n*0\r\n");
}

TEST_CASE("queued arguments survive the input they came in") {
  TestNode node;
  Client client(node);
  client.call({"MULTI"});
  client.call({"SET", "key", std::string(1000, 'x')});
  client.call({"SET", "other", std::string(1000, 'y')});
  CHECK(client.call({"EXEC"}) == "*2\r\n+OK\r\n+OK\r\n");
  CHECK(client.call({"GET", "key"}) == "$1000\r\n" + std::string(1000, 'x') + "\r\n");
}

TEST_CASE("a transaction that grows too large is refused and aborted") {
  TestNode node;
  Client client(node);
  client.call({"MULTI"});
  const std::string value(node::Transaction::max_queued_bytes / 2, 'x');
  CHECK(client.call({"SET", "a", value}) == "+QUEUED\r\n");
  CHECK(client.call({"SET", "b", value}) ==
        "-ERR the transaction's queued commands exceed 67108864 bytes\r\n");
  CHECK(client.call({"EXEC"}) == aborted);
}

TEST_CASE("QUIT and RESET are not queued") {
  TestNode node;
  Client client(node);
  CHECK(client.send("MULTI\r\nSET a 1\r\nRESET\r\nEXISTS a\r\n") ==
        "+OK\r\n+QUEUED\r\n+RESET\r\n:0\r\n");
  CHECK(client.send("MULTI\r\nSET a 1\r\nQUIT\r\n") == "+OK\r\n+QUEUED\r\n+OK\r\n");
  CHECK(client.closed);
}

TEST_CASE("HELLO inside a transaction changes the replies after it") {
  TestNode node;
  Client client(node);
  client.send("HELLO 3\r\n");
  const std::string reply = client.send("MULTI\r\nGET a\r\nHELLO 2\r\nGET a\r\nEXEC\r\n");
  CHECK(reply.find("*3\r\n_\r\n*14\r\n") != std::string::npos);
  CHECK(reply.ends_with("$-1\r\n"));
}

TEST_CASE("full memory is noticed when queueing, and again by EXEC") {
  node::Settings settings;
  settings.eviction.evicts = false;
  TestNode node(settings);
  Client client(node);
  Client other(node);
  client.send("SET filler 1\r\nMULTI\r\nSET a 1\r\n");
  other.send("CONFIG SET maxmemory 1\r\n");
  CHECK(client.send("EXEC\r\n") ==
        "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > "
        "'maxmemory'.\r\n");
  CHECK(client.send("MULTI\r\nSET a 1\r\nEXEC\r\n").ends_with(aborted));
}

}  // namespace
}  // namespace cachekit::test
