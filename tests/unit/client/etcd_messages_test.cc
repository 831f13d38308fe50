// What etcd 3.4 really answers, what it might, and bytes at random.

#include "client/topology/etcd_messages.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "tests/support/seed.h"
#include "tests/support/text.h"

namespace cachekit::topology::etcd {
namespace {

using test::contains;

constexpr std::string_view header =
    R"("header":{"cluster_id":"324952591200643719","member_id":"3319814642761637952",)"
    R"("revision":"12","raft_term":"2"})";

std::string answer(std::string_view rest) {
  return fmt::format("{{{}{}{}}}", header, rest.empty() ? "" : ",", rest);
}

std::string line(std::string_view rest) { return fmt::format(R"({{"result":{}}})", answer(rest)); }

const std::string found =
    answer(R"("kvs":[{"key":"YQ==","create_revision":"2","mod_revision":"9","version":"3",)"
           R"("value":"aGVsbG8="}],"count":"1")");
const std::string created = line(R"("created":true)");
const std::string changed =
    line(R"("events":[{"kv":{"key":"YQ==","create_revision":"2","mod_revision":"12",)"
         R"("version":"3","value":"aGVsbG8z"}}])");

std::vector<std::string> lines_of(LineSplitter& splitter) {
  std::vector<std::string> lines;
  while (auto line = splitter.next()) lines.push_back(*std::move(line));
  return lines;
}

TEST_CASE("requests are JSON with base64 and numbers as strings") {
  CHECK(range_request("a").path == std::string("/v3/kv/range"));
  CHECK(range_request("a").body == R"({"key":"YQ=="})");
  CHECK(put_request("a", 0, "hello").path == std::string("/v3/kv/txn"));
  CHECK(put_request("a", 9007199254740993, "hello").body ==
        R"({"compare":[{"key":"YQ==","mod_revision":"9007199254740993","result":"EQUAL",)"
        R"("target":"MOD"}],"success":[{"request_put":{"key":"YQ==","value":"aGVsbG8="}}]})");
  CHECK(watch_request("a", 0).body == R"({"create_request":{"key":"YQ=="}})");
  CHECK(watch_request("a", 5).body == R"({"create_request":{"key":"YQ==","start_revision":"5"}})");
  CHECK(token_request("u\"", "p\n").body == R"({"name":"u\"","password":"p\n"})");
  CHECK_FALSE(token_request("\xff", "\xff").body.empty());
}

TEST_CASE("a key that is there") {
  const auto read = read_range_answer(found);
  REQUIRE(read);
  CHECK(read->revision == 12);
  REQUIRE(read->entry);
  CHECK(read->entry->mod_revision == 9);
  CHECK(read->entry->value == "hello");
}

TEST_CASE("what is left out has its default value") {
  CHECK_FALSE(read_range_answer(answer(""))->entry);
  CHECK_FALSE(read_range_answer(answer(R"("kvs":[])"))->entry);
  CHECK(read_range_answer(answer(R"("kvs":[{"key":"YQ==","mod_revision":"1"}])"))->entry->value ==
        "");
  CHECK(read_range_answer(R"({"header":{}})")->revision == 0);
  CHECK(read_put_answer(answer("")) == false);
  CHECK(read_put_answer(answer(R"("succeeded":true,"responses":[{}])")) == true);
  const auto watched = read_watch_line(line(""));
  REQUIRE(watched);
  CHECK_FALSE((watched->created || watched->changed || watched->canceled || watched->compacted));
}

TEST_CASE("numbers have 64 bits, and may be no strings") {
  const auto revision = [](std::string_view text) {
    return read_range_answer(fmt::format(R"({{"header":{{"revision":{}}}}})", text));
  };
  CHECK(revision(R"("9223372036854775807")")->revision == 9223372036854775807);
  CHECK(revision("9007199254740993")->revision == 9007199254740993);
  for (const char* wrong : {R"("9223372036854775808")", R"("-1")", "-1", R"("")", R"(" 1")",
                            R"("1x")", "1.5", "1e999", "true", "[]"}) {
    CHECK_MESSAGE(!revision(wrong), wrong);
  }
}

TEST_CASE("the lines of a watch") {
  CHECK(read_watch_line(created)->created);
  CHECK_FALSE(read_watch_line(created)->changed);
  CHECK(read_watch_line(changed)->changed);
  CHECK(read_watch_line(changed)->revision == 12);
  const auto compacted = read_watch_line(line(R"("canceled":true,"compact_revision":"4")"));
  CHECK((compacted->canceled && compacted->compacted));
  const auto refused = read_watch_line(
      line(R"("watch_id":"-1","created":true,"canceled":true,"cancel_reason":)"
           R"("rpc error: code = Unauthenticated desc = etcdserver: invalid auth token")"));
  CHECK((refused->canceled && !refused->compacted && wants_token(refused->reason)));
  const auto broken =
      read_watch_line(R"({"error":{"grpc_code":14,"http_code":503,"message":"no leader"}})");
  CHECK((broken->canceled && broken->reason == "no leader"));
  CHECK(read_watch_line(R"({"error":"x"})")->canceled);
}

TEST_CASE("answers that make no sense are refused with a reason") {
  CHECK(read_range_answer("").error() == "no JSON");
  CHECK(read_range_answer("[]").error() == "array where an object was expected");
  CHECK(contains(read_range_answer("{}").error(), "header"));
  CHECK(contains(read_range_answer(answer(R"("kvs":{})")).error(), "kvs"));
  CHECK(contains(read_range_answer(answer(R"("kvs":[1])")).error(), "kvs"));
  CHECK(contains(read_range_answer(answer(R"("kvs":[{},{}])")).error(), "one element"));
  CHECK(contains(read_range_answer(answer(R"("kvs":[{"value":"YQ=="}])")).error(), "mod_revision"));
  CHECK(contains(read_range_answer(answer(R"("kvs":[{"mod_revision":"1","value":"Y"}])")).error(),
                 "base64"));
  CHECK(contains(read_put_answer(answer(R"("succeeded":"true")")).error(), "succeeded"));
  CHECK(contains(read_token_answer(answer("")).error(), "token"));
  CHECK(contains(read_token_answer(answer(R"("token":"a\r\nHost: b")")).error(), "token"));
  CHECK(read_token_answer(answer(R"("token":"abc.18")")) == "abc.18");
  CHECK(contains(read_watch_line(R"({"result":[]})").error(), "result"));
  CHECK(contains(read_watch_line(line(R"("events":{})")).error(), "events"));
  CHECK(contains(read_watch_line(line(R"("created":1)")).error(), "created"));
}

TEST_CASE("refusals are told apart") {
  const auto refusal = [](std::string_view text, int code) {
    return read_refusal(400,
                        fmt::format(R"({{"error":"{0}","message":"{0}","code":{1}}})", text, code));
  };
  CHECK(refusal("etcdserver: invalid auth token", 16).kind == Refusal::Kind::token);
  CHECK(refusal("etcdserver: user name is empty", 3).kind == Refusal::Kind::token);
  CHECK(refusal("etcdserver: revision of auth store is old", 3).kind == Refusal::Kind::token);
  CHECK(refusal("etcdserver: permission denied", 7).kind == Refusal::Kind::forbidden);
  CHECK(refusal("etcdserver: authentication failed, invalid user ID or password", 3).kind ==
        Refusal::Kind::forbidden);
  CHECK(refusal("etcdserver: authentication is not enabled", 9).kind == Refusal::Kind::unasked);
  CHECK(refusal("etcdserver: no leader", 14).kind == Refusal::Kind::away);
  CHECK(refusal("etcdserver: mvcc: database space exceeded", 8).kind == Refusal::Kind::away);
  CHECK(refusal("etcdserver: request is too large", 3).kind == Refusal::Kind::other);
  CHECK(refusal("etcdserver: no leader", 14).reason == "etcdserver: no leader");
  const Refusal foreign = read_refusal(404, "Not Found\x01\xff");
  CHECK(foreign.kind == Refusal::Kind::away);
  CHECK(foreign.reason == "it answers with HTTP status 404: Not Found  ");
  CHECK(read_refusal(502, std::string(1 << 20, 'x')).reason.size() < 200);
  CHECK(read_refusal(500, "{}").kind == Refusal::Kind::away);
}

TEST_CASE("lines are the same, however they arrive") {
  const std::string text = created + "\n\n" + changed + "\n" + line("") + "\nunfinished";
  const std::vector<std::string> expected{created, changed, line("")};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += size) {
      REQUIRE(splitter.add(std::string_view(text).substr(at, size)));
      for (std::string& one : lines_of(splitter)) lines.push_back(std::move(one));
    }
    CHECK(lines == expected);
  }
}

TEST_CASE("a line without an end is not kept for ever") {
  LineSplitter splitter(100);
  CHECK(splitter.add(std::string(60, 'x') + "\n"));
  CHECK(lines_of(splitter).size() == 1);
  CHECK(splitter.add(std::string(60, 'x')));
  CHECK(lines_of(splitter).empty());
  CHECK_FALSE(splitter.add(std::string(60, 'x')));
}

TEST_CASE("no part of an answer is taken for another answer") {
  for (const std::string& whole : {found, created, changed}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::string_view part = std::string_view(whole).substr(0, size);
      CHECK_FALSE(read_range_answer(part));
      CHECK_FALSE(read_put_answer(part));
      CHECK_FALSE(read_token_answer(part));
      CHECK_FALSE(read_watch_line(part));
      CHECK(read_refusal(503, part).kind == Refusal::Kind::away);
    }
  }
}

TEST_CASE("random changes of answers are read or refused") {
  std::mt19937_64 random(cachekit::test::seed());
  constexpr std::string_view likely = "{}[]\",:\\0129-eE.ntu \n";
  std::size_t read = 0;
  const std::size_t rounds = std::getenv("CACHEKIT_TEST_LONG") == nullptr ? 4000 : 400'000;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::string text = std::vector{found, created, changed}[random() % 3];
    for (auto edits = random() % 4; edits-- > 0;) {
      const std::size_t at = random() % text.size();
      const char byte =
          random() % 2 == 0 ? likely[random() % likely.size()] : static_cast<char>(random());
      switch (random() % 3) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1);
      }
    }
    const auto range = read_range_answer(text);
    if (range) CHECK(range->revision >= 0);
    if (range && range->entry) CHECK(range->entry->mod_revision > 0);
    const auto watched = read_watch_line(text);
    if (watched) CHECK(watched->revision >= 0);
    if (range || watched) ++read;
    (void)read_put_answer(text);
    (void)read_token_answer(text);
    CHECK_FALSE(read_refusal(500, text).reason.empty());
  }
  CHECK(read > rounds / 10);
}

}  // namespace
}  // namespace cachekit::topology::etcd
