// A node against peers that are slow, rude, many or gone: each ends in an error reply or a closed
// connection, never in a crash, in unbounded memory, or in harm to others.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/conformance/differential.h"
#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::conformance {
namespace {

using test::encode_command;
using test::RespConnection;
using test::ServerProcess;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

constexpr std::size_t mebibyte = 1 << 20;

// Sanitizers keep freed memory for a while, so only what grows without bound can be told there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t sanitizer_margin_bytes = 600 * mebibyte;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t sanitizer_margin_bytes = 600 * mebibyte;
#else
constexpr std::size_t sanitizer_margin_bytes = 0;
#endif
#else
constexpr std::size_t sanitizer_margin_bytes = 0;
#endif

// What a node may take beyond what a test lets it hold: buffers, the allocator's slack.
constexpr std::size_t overhead_bytes = 24 * mebibyte + sanitizer_margin_bytes;

std::string ask(RespConnection& connection, const Words& words) {
  return connection.call(words).value_or("nothing");
}

template <class Condition>
bool becomes_true(Condition condition) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

// A node, checked to answer and to stop cleanly at the end of each test.
class Node {
 public:
  explicit Node(const Words& flags = {}) : process_(ServerProcess::start_node(flags)) {}
  ~Node() {
    if (process_->is_running()) check_serves();
    process_->stop();
  }

  ServerProcess& process() { return *process_; }
  std::unique_ptr<RespConnection> connect(
      milliseconds timeout = RespConnection::default_timeout) const {
    return RespConnection::to(process_->endpoint(), timeout);
  }
  void check_serves() const { CHECK(serves()); }
  // An answer is enough: with a password it is a refusal.
  bool serves() const {
    const std::string reply = ask(*connect(), {"PING"});
    return reply == "+PONG\r\n" || reply.starts_with("-NOAUTH ");
  }

 private:
  std::unique_ptr<ServerProcess> process_;
};

TEST_CASE("a peer that stops in the middle of a command harms nobody") {
  Node node;
  const std::string command = encode_command({"SET", "key", "value"});
  std::vector<std::unique_ptr<RespConnection>> open;
  for (std::size_t size = 1; size < command.size(); ++size) {
    open.push_back(node.connect());
    open.back()->send(command.substr(0, size));
    if (size % 2 == 0) open.back()->finish_sending();
    if (size % 3 == 0) open.pop_back();
  }
  node.check_serves();
  CHECK(ask(*node.connect(), {"EXISTS", "key"}) == ":0\r\n");
}

TEST_CASE("a half-closed peer still gets the replies to what it sent") {
  Node node;
  const auto connection = node.connect();
  connection->send(encode_command({"PING"}) + encode_command({"ECHO", "bye"}));
  connection->finish_sending();
  CHECK(connection->read_until_closed() == "+PONG\r\n$3\r\nbye\r\n");
}

TEST_CASE("a command that comes byte by byte is executed") {
  Node node;
  const auto connection = node.connect();
  const std::string stream = encode_command({"SET", "key", "value"}) + "GET key\r\n";
  for (const char& byte : stream) connection->send({&byte, 1});
  CHECK(connection->read_reply() == "+OK\r\n");
  CHECK(connection->read_reply() == "$5\r\nvalue\r\n");
}

TEST_CASE("a long pipeline is answered in full and in order") {
  Node node;
  const auto connection = node.connect();
  constexpr int count = 20'000;
  std::string pipeline;
  for (int i = 0; i < count; ++i) pipeline += encode_command({"INCR", "n"});
  connection->send(pipeline);
  for (int i = 1; i <= count; ++i) REQUIRE(connection->read_reply() == fmt::format(":{}\r\n", i));
}

TEST_CASE("a client that never reads costs a bounded amount, and others are served") {
  Node node;
  const auto other = node.connect();
  REQUIRE(ask(*other, {"SET", "large", std::string(mebibyte, 'v')}) == "+OK\r\n");
  const std::size_t before = node.process().resident_bytes();
  const auto deaf = node.connect();
  const std::string request = encode_command({"GET", "large"});
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += request;
  for (int round = 0; round < 20; ++round) {
    deaf->send_some(requests);
    REQUIRE(ask(*other, {"PING"}) == "+PONG\r\n");
  }
  CHECK(node.process().resident_bytes() <= before + overhead_bytes);
}

TEST_CASE("many clients that never read cost a bounded amount each") {
  Node node;
  const auto other = node.connect();
  REQUIRE(ask(*other, {"SET", "key", std::string(10'000, 'v')}) == "+OK\r\n");
  const std::size_t before = node.process().resident_bytes();
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += encode_command({"GET", "key"});
  std::vector<std::unique_ptr<RespConnection>> deaf;
  for (int i = 0; i < 50; ++i) {
    deaf.push_back(node.connect());
    deaf.back()->send_some(requests);
  }
  REQUIRE(ask(*other, {"PING"}) == "+PONG\r\n");
  // A session stops executing at a mebibyte of unsent replies; its input may wait beside it.
  CHECK(node.process().resident_bytes() <= before + 50 * 2 * mebibyte + overhead_bytes);
}

TEST_CASE("what a header announces is not taken before it comes") {
  Node node;
  const std::size_t before = node.process().resident_bytes();
  std::vector<std::unique_ptr<RespConnection>> liars;
  for (int i = 0; i < 100; ++i) {
    liars.push_back(node.connect());
    liars.back()->send(i % 2 == 0 ? "*2\r\n$3\r\nGET\r\n$500000000\r\nabc" : "*1000000\r\n$1\r\na");
  }
  REQUIRE(node.serves());
  CHECK(node.process().resident_bytes() <= before + overhead_bytes);
}

TEST_CASE("a header of a billion arguments and an oversized bulk are refused") {
  Node node({"--max-bulk-size", "2mb"});
  auto connection = node.connect();
  connection->send("*1000000000\r\n");
  CHECK(connection->read_until_closed() == "-ERR Protocol error: invalid multibulk length\r\n");
  connection = node.connect();
  connection->send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2097153\r\n");
  CHECK(connection->read_until_closed() == "-ERR Protocol error: invalid bulk length\r\n");
}

TEST_CASE("input beyond the limit of the query buffer closes the connection") {
  Node node({"--query-buffer-limit", "4mb"});
  const auto connection = node.connect();
  connection->send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$50000000\r\n" + std::string(8 * mebibyte, 'v'));
  CHECK(connection->read_until_closed().has_value());
  CHECK(node.process().resident_bytes() < 64 * mebibyte + sanitizer_margin_bytes);
}

TEST_CASE("values of many sizes come back as they went") {
  Node node;
  const auto connection = node.connect();
  for (const std::size_t size :
       {0UL, 1UL, 100UL, 4095UL, 16384UL, 65536UL, 1UL << 20, 20UL << 20}) {
    std::string value(size, 'v');
    for (std::size_t i = 0; i < size; i += 97) value[i] = static_cast<char>(i);
    REQUIRE(ask(*connection, {"SET", "key", value}) == "+OK\r\n");
    const bool same =
        ask(*connection, {"GET", "key"}) == fmt::format("${}\r\n", size) + value + "\r\n";
    CHECK(same);
  }
}

TEST_CASE("broken framing is answered, and ends that connection alone") {
  Node node;
  const auto other = node.connect();
  for (const std::string_view bytes : {"*x\r\n", "*1\r\n$-5\r\n", "GET \"\r\n", "*1\r\nx\r\n"}) {
    const auto connection = node.connect();
    connection->send(bytes);
    CHECK(connection->read_until_closed().value_or("").starts_with("-ERR Protocol error"));
    CHECK(ask(*other, {"PING"}) == "+PONG\r\n");
  }
}

TEST_CASE("random bytes never harm a node") {
  Node node;
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = random() % 2 == 0 ? "" : "*2\r\n$3\r\nGET\r\n";
    for (std::size_t left = random() % 2000; left > 0; --left) {
      bytes.push_back("*$\r\n0123456789\"'\\xGETSab\xff"[random() % 26]);
    }
    const auto connection = node.connect();
    connection->send(bytes);
    if (random() % 2 == 0) connection->finish_sending();
  }
  node.check_serves();
}

TEST_CASE("a thousand connections at once are served") {
  Node node;
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (int i = 0; i < 1000; ++i) connections.push_back(node.connect());
  for (const auto& connection : connections) connection->send(encode_command({"INCR", "n"}));
  for (const auto& connection : connections) {
    REQUIRE(connection->read_reply().value_or("").starts_with(':'));
  }
  CHECK(ask(*connections.front(), {"GET", "n"}) == "$4\r\n1000\r\n");
}

TEST_CASE("a connection beyond maxclients is told so and closed; a place that is freed is taken") {
  Node node({"--maxclients", "10"});
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (int i = 0; i < 10; ++i) {
    connections.push_back(node.connect());
    REQUIRE(ask(*connections.back(), {"PING"}) == "+PONG\r\n");
  }
  const auto refused = node.connect();
  CHECK(refused->read_until_closed() == "-ERR max number of clients reached\r\n");
  connections.clear();
  CHECK(becomes_true([&] { return node.serves(); }));
}

TEST_CASE("a silent client is disconnected after its time") {
  Node node({"--timeout", "1"});
  const auto silent = node.connect();
  CHECK(ask(*silent, {"PING"}) == "+PONG\r\n");
  CHECK(silent->read_until_closed() == "");
}

TEST_CASE("CLIENT KILL closes another connection") {
  Node node;
  const auto victim = node.connect();
  const std::string id = ask(*victim, {"CLIENT", "ID"});
  const auto killer = node.connect();
  const std::string digits = id.substr(1, id.size() - 3);
  CHECK(ask(*killer, {"CLIENT", "KILL", "ID", digits}) == ":1\r\n");
  CHECK(victim->read_until_closed() == "");
  CHECK(ask(*killer, {"CLIENT", "KILL", "ID", digits}) == ":0\r\n");
}

// Used memory as the node itself counts it.
std::size_t used_memory(RespConnection& connection) {
  const std::string info = ask(connection, {"INFO", "memory"});
  const auto at = info.find("used_memory:");
  return at == std::string::npos ? 0 : std::stoull(info.substr(at + 12));
}

TEST_CASE("filled to five times its limit, a node stays within it and keeps what was used last") {
  constexpr std::size_t limit = 32 * mebibyte;
  constexpr std::size_t value_bytes = 2000;  // every fourth; the others are small
  constexpr std::size_t key_count = 5 * limit / (value_bytes / 4);
  constexpr std::size_t batch = 2000;
  constexpr int favourites = 100;
  Node node({"--maxmemory", "32mb"});
  const auto connection = node.connect();
  const std::string value(value_bytes, 'v');
  const std::string small_value = "small";
  for (int i = 0; i < favourites; ++i)
    ask(*connection, {"SET", fmt::format("favourite:{}", i), value});
  for (std::size_t begin = 0; begin < key_count; begin += batch) {
    std::string pipeline;
    for (std::size_t i = begin; i < begin + batch; ++i) {
      const std::string& chosen = i % 4 == 0 ? value : small_value;
      pipeline += encode_command({"SET", fmt::format("key:{}", i), chosen});
    }
    for (int i = 0; i < favourites; ++i) {
      pipeline += encode_command({"GET", fmt::format("favourite:{}", i)});
    }
    connection->send(pipeline);
    for (std::size_t i = 0; i < batch; ++i) REQUIRE(connection->read_reply() == "+OK\r\n");
    for (int i = 0; i < favourites; ++i) REQUIRE(connection->read_reply()->size() > value_bytes);
    if (begin % (batch * 20) == 0) CHECK(used_memory(*connection) <= limit);
  }
  CHECK(used_memory(*connection) <= limit);
  // Beyond the accounted memory: the program itself, and what the allocator keeps in half-used
  // pages. A quarter of the limit, as for Redis.
  CHECK(node.process().resident_bytes() <= limit + limit / 4 + overhead_bytes);
  CHECK(ask(*connection, {"EXISTS", "key:0"}) == ":0\r\n");
  CHECK(ask(*connection, {"EXISTS", fmt::format("key:{}", key_count - 1)}) == ":1\r\n");
}

TEST_CASE("eviction is exact: the kept keys are the last used ones, without a gap") {
  Node node({"--maxmemory", "8mb"});
  const auto connection = node.connect();
  constexpr int key_count = 20'000;
  const std::string value(1000, 'v');
  for (int i = 0; i < key_count; ++i) {
    REQUIRE(ask(*connection, {"SET", fmt::format("key:{}", i), value}) == "+OK\r\n");
  }
  int first_kept = 0;
  const auto exists = [&](int i) { return ask(*connection, {"EXISTS", fmt::format("key:{}", i)}); };
  while (first_kept < key_count && exists(first_kept) == ":0\r\n") ++first_kept;
  CHECK(first_kept > 0);
  CHECK(first_kept < key_count);
  int gaps = 0;
  for (int i = first_kept; i < key_count; ++i) gaps += exists(i) == ":0\r\n";
  CHECK(gaps == 0);
}

TEST_CASE("without eviction a full node refuses writes, and still reads and deletes") {
  Node node({"--maxmemory", "4mb", "--eviction", "noeviction"});
  const auto connection = node.connect();
  const std::string value(10'000, 'v');
  std::string reply = "+OK\r\n";
  int count = 0;
  while (reply == "+OK\r\n" && count < 1000) {
    reply = ask(*connection, {"SET", fmt::format("key:{}", count++), value});
  }
  CHECK(reply == "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  CHECK(ask(*connection, {"GET", "key:0"}).size() > value.size());
  CHECK(ask(*connection, {"APPEND", "key:0", value}).starts_with("-OOM "));
  for (int i = 0; i < 100; ++i) ask(*connection, {"DEL", fmt::format("key:{}", i)});
  CHECK(becomes_true([&] { return ask(*connection, {"SET", "again", "x"}) == "+OK\r\n"; }));
}

TEST_CASE("a password keeps strangers out") {
  Node node({"--requirepass", "correct horse", "--bind", "127.0.0.1"});
  const auto connection = node.connect();
  CHECK(ask(*connection, {"GET", "key"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(ask(*connection, {"AUTH", "wrong"}).starts_with("-WRONGPASS "));
  CHECK(ask(*connection, {"SET", "key", "value"}).starts_with("-NOAUTH "));
  CHECK(ask(*connection, {"AUTH", "correct horse"}) == "+OK\r\n");
  CHECK(ask(*connection, {"GET", "key"}) == "$-1\r\n");
  const auto other = node.connect();
  CHECK(ask(*other, {"HELLO", "3", "AUTH", "default", "correct horse"}).starts_with('%'));
  CHECK(node.process().output_tail().find("correct horse") == std::string::npos);
  const auto stranger = node.connect();
  stranger->send("*1\r\n$20000\r\n");
  CHECK(stranger->read_until_closed() == "-ERR Protocol error: unauthenticated bulk length\r\n");
}

TEST_CASE("the same commands with and without a password have the replies of Redis") {
  if (!test::redis_is_installed()) return;
  const auto node = ServerProcess::start_node({"--requirepass", "secret"});
  const auto redis = ServerProcess::start_redis({"--requirepass", "secret"});
  const auto left = RespConnection::to(node->endpoint());
  const auto right = RespConnection::to(redis->endpoint());
  for (const Words& words : std::vector<Words>{{"PING"},
                                               {"GET"},
                                               {"NOSUCH"},
                                               {"HELLO"},
                                               {"HELLO", "3"},
                                               {"AUTH"},
                                               {"AUTH", "a", "b", "c"},
                                               {"AUTH", "wrong"},
                                               {"AUTH", "nobody", "secret"},
                                               {"MULTI"},
                                               {"RESET"},
                                               {"CLIENT", "ID"},
                                               {"COMMAND"},
                                               {"AUTH", "default", "secret"},
                                               {"PING"},
                                               {"RESET"},
                                               {"PING"},
                                               {"AUTH", "secret"},
                                               {"AUTH", "wrong"},
                                               {"PING"}}) {
    CAPTURE(words.front());
    const std::string expected = ask(*right, words);
    CHECK_MESSAGE(ask(*left, words) == expected, "Redis answers ", printable(expected));
  }
  node->stop();
  redis->stop();
}

TEST_CASE("listening beyond loopback without a password is refused with a sentence") {
  const auto exit = ServerProcess::run_node({"--port", "0", "--bind", "0.0.0.0"});
  CHECK(exit.status > 0);
  CHECK(exit.output.find("password") != std::string::npos);
}

TEST_CASE("flags that are wrong are refused with a sentence") {
  for (const Words& flags : std::vector<Words>{{"--no-such-flag"},
                                               {"--port", "99999"},
                                               {"--maxmemory", "a lot"},
                                               {"--eviction", "random"},
                                               {"--maxclients", "0"},
                                               {"--bind", "not an address"}}) {
    CAPTURE(flags.front());
    const auto exit = ServerProcess::run_node(flags);
    CHECK(exit.status > 0);
    CHECK(exit.output.size() > 10);
  }
}

TEST_CASE("a port that is taken is refused with a sentence") {
  Node node;
  const auto port = std::to_string(node.process().endpoint().port);
  const auto exit = ServerProcess::run_node({"--port", port, "--bind", "127.0.0.1"});
  CHECK(exit.status > 0);
  CHECK(exit.output.find(port) != std::string::npos);
}

TEST_CASE("SIGTERM ends a node cleanly while clients are connected and busy") {
  Node node;
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (int i = 0; i < 50; ++i) connections.push_back(node.connect());
  REQUIRE(ask(*connections[0], {"SET", "large", std::string(mebibyte, 'v')}) == "+OK\r\n");
  for (const auto& connection : connections) {
    for (int i = 0; i < 20; ++i) connection->send_some(encode_command({"GET", "large"}));
  }
  node.process().stop();  // checks that it exits with 0
}

TEST_CASE("a Unix socket serves as TCP does, alone if asked, and is gone afterwards") {
  const std::string path = fmt::format("/tmp/cachekit-test-{}.sock", ::getpid());
  {
    Node node({"--unix-socket", path});
    const auto connection = RespConnection::to({.unix_path = path});
    CHECK(ask(*connection, {"SET", "key", "value"}) == "+OK\r\n");
    CHECK(ask(*node.connect(), {"GET", "key"}) == "$5\r\nvalue\r\n");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a node survives a thousand connections that come and go") {
  Node node;
  for (int i = 0; i < 1000; ++i) {
    const auto connection = node.connect();
    if (i % 3 == 0) connection->send(encode_command({"PING"}));
    if (i % 7 == 0) connection->send("*1\r\n$4\r\nPI");
  }
  const auto connection = node.connect();
  CHECK(becomes_true([&] {
    return ask(*connection, {"INFO", "clients"}).find("connected_clients:1\r\n") !=
           std::string::npos;
  }));
}

}  // namespace
}  // namespace cachekit::conformance
