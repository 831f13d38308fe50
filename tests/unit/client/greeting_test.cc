#include "client/io/greeting.h"

#include <doctest/doctest.h>

#include "tests/unit/client/replies.h"

namespace cachekit::io {
namespace {

using namespace cachekit::test;

Value ok() { return Value(Value::SimpleString{"OK"}); }

TEST_CASE("a greeting names the client, after authenticating if there is a password") {
  CHECK(make_greeting("", "", "me").bytes == "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$2\r\nme\r\n");
  CHECK(make_greeting("", "", "me").replies == 1);
  CHECK(make_greeting("", "pw", "me").bytes.starts_with("*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n"));
  CHECK(make_greeting("u", "pw", "me")
            .bytes.starts_with("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$2\r\npw\r\n"));
  CHECK(make_greeting("u", "pw", "me").replies == 2);
}

TEST_CASE("a greeting tells how old answers may be, and goes on where that is not understood") {
  using namespace std::chrono_literals;
  const Greeting greeting = make_greeting("", "", "me", 1500ms);
  CHECK(greeting.bytes.ends_with("*2\r\n$18\r\nCACHEKIT.STALENESS\r\n$4\r\n1500\r\n"));
  CHECK(greeting.replies == 2);
  CHECK(judge_greeting_reply(greeting, 1, error_reply("ERR unknown command")).ok());
  CHECK(judge_greeting_reply(greeting, 1, ok()).ok());
}

TEST_CASE("refused credentials are told from missing ones") {
  const Greeting with = make_greeting("", "pw", "me");
  const Greeting without = make_greeting("", "", "me");
  const auto refused = judge_greeting_reply(with, 0, error_reply("WRONGPASS invalid password"));
  CHECK(refused.code() == Code::unauthenticated);
  CHECK(refused.message() == "refused the credentials: WRONGPASS invalid password");
  CHECK(judge_greeting_reply(with, 0, error_reply("ERR AUTH called without any password")).code() ==
        Code::unauthenticated);
  const auto missing =
      judge_greeting_reply(without, 0, error_reply("NOAUTH Authentication required."));
  CHECK(missing.code() == Code::unauthenticated);
  CHECK(missing.message() == "asks for credentials: NOAUTH Authentication required.");
  CHECK(judge_greeting_reply(without, 0, error_reply("DENIED protected mode")).code() ==
        Code::unauthenticated);
}

TEST_CASE("a full node is unavailable, a refused name is no failure") {
  const Greeting greeting = make_greeting("", "pw", "me");
  CHECK(
      judge_greeting_reply(greeting, 0, error_reply("ERR max number of clients reached")).code() ==
      Code::unavailable);
  CHECK(judge_greeting_reply(greeting, 1, error_reply("ERR unknown command 'CLIENT'")).ok());
  CHECK(judge_greeting_reply(greeting, 0, ok()).ok());
}

}  // namespace
}  // namespace cachekit::io
