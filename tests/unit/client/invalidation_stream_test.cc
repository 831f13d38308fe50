// What is said on a connection that tells of changes.

#include "client/caching/invalidation_stream.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/client/replies.h"

namespace cachekit::caching {
namespace {

using caching::InvalidationStream;
using namespace cachekit::test;

class Notes final : public InvalidationStream::Listener {
 public:
  std::vector<std::string> heard;

  void subscribed(std::int64_t id) override { heard.push_back("id " + std::to_string(id)); }
  void invalidated(std::string_view key) override { heard.push_back("key " + std::string(key)); }
  void all_invalidated() override { heard.push_back("all"); }
  void answered_ping() override { heard.push_back("pong"); }
};

Value message(Value keys) {
  return array({text("message"), text("__redis__:invalidate"), std::move(keys)});
  using namespace cachekit::test;
}
Value subscription() { return array({text("subscribe"), text("__redis__:invalidate"), number(1)}); }

const std::string asks_id = "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n";
const std::string subscribes = "*2\r\n$9\r\nSUBSCRIBE\r\n$20\r\n__redis__:invalidate\r\n";

/// One that listens already.
struct Listening {
  Notes notes;
  InvalidationStream stream{notes, std::nullopt};

  Listening() {
    CHECK(stream.take_outgoing() == asks_id);
    CHECK(stream.note(number(7)).ok());
    CHECK(stream.take_outgoing() == subscribes);
    CHECK(stream.note(subscription()).ok());
    CHECK(notes.heard == std::vector<std::string>{"id 7"});
    notes.heard.clear();
  }
};

TEST_CASE("invalidation stream: asks who it is, then subscribes") {
  Listening listening;
  CHECK(listening.stream.take_outgoing().empty());
}

TEST_CASE("invalidation stream: in broadcast mode it asks for the changes itself") {
  Notes notes;
  InvalidationStream stream(notes, std::vector<std::string>{"a:", "b:"});
  CHECK(stream.take_outgoing() == asks_id);
  CHECK(stream.note(number(12)).ok());
  CHECK(stream.take_outgoing() ==
        "*10\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$2\r\nON\r\n$8\r\nREDIRECT\r\n$2\r\n12\r\n"
        "$5\r\nBCAST\r\n$6\r\nPREFIX\r\n$2\r\na:\r\n$6\r\nPREFIX\r\n$2\r\nb:\r\n");
  CHECK(notes.heard.empty());
  CHECK(stream.note(simple("OK")).ok());
  CHECK(stream.take_outgoing() == subscribes);
}

TEST_CASE("invalidation stream: keys, everything, and answers to PING in either form") {
  Listening listening;
  listening.stream.ping();
  CHECK(listening.stream.take_outgoing() == "*1\r\n$4\r\nPING\r\n");
  CHECK(listening.stream.note(message(array({text("a"), text("b")}))).ok());
  CHECK(listening.stream.note(array({text("pong"), text("")})).ok());
  CHECK(listening.stream.note(message(Value())).ok());
  CHECK(listening.stream.note(simple("PONG")).ok());
  CHECK(listening.notes.heard == std::vector<std::string>{"key a", "key b", "pong", "all", "pong"});
}

TEST_CASE("invalidation stream: what cannot be used ends it") {
  const auto fails = [](InvalidationStream& stream, const Value& reply) {
    return stream.note(reply).code() == Code::protocol_error;
  };
  Notes notes;
  InvalidationStream no_id(notes, std::nullopt);
  CHECK(fails(no_id, error_reply("ERR unknown command 'CLIENT'")));
  InvalidationStream no_subscription(notes, std::nullopt);
  CHECK(no_subscription.note(number(1)).ok());
  CHECK(fails(no_subscription, error_reply("ERR unknown command 'SUBSCRIBE'")));
  InvalidationStream no_tracking(notes, std::vector<std::string>{});
  CHECK(no_tracking.note(number(1)).ok());
  CHECK(fails(no_tracking, error_reply("ERR syntax error")));
  for (const Value& reply :
       {number(1), message(number(1)), message(array({number(1)})),
        array({text("unsubscribe"), Value(), number(0)}), array({}), Value()}) {
    Listening listening;
    CAPTURE(reply.text());
    CHECK(fails(listening.stream, reply));
  }
}

}  // namespace
}  // namespace cachekit::caching
