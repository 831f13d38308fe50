#include "protocol/segments.h"

#include <doctest/doctest.h>

#include "tests/unit/protocol/joined.h"

namespace cachekit::protocol {
namespace {

TEST_CASE("owned bytes gather in one segment") {
  Segments segments;
  segments.tail().append("one ");
  segments.tail().append("two");
  CHECK(segments.list().size() == 1);
  CHECK(joined(segments) == "one two");
}

TEST_CASE("pinned bytes are not copied and stand between the owned ones") {
  const auto value = std::make_shared<const std::string>("value");
  Segments segments;
  segments.tail().append("<");
  segments.pin(*value, value);
  segments.tail().append(">");
  REQUIRE(segments.list().size() == 3);
  CHECK(segments.list()[1].bytes().data() == value->data());
  CHECK(joined(segments) == "<value>");
  CHECK(segments.size_bytes() == 7);
}

TEST_CASE("pinned bytes live as long as the list, and no longer") {
  auto value = std::make_shared<const std::string>("value");
  const std::weak_ptr<const std::string> watched = value;
  Segments segments;
  segments.pin(*value, value);
  value.reset();
  CHECK_FALSE(watched.expired());
  segments.clear();
  CHECK(watched.expired());
}

TEST_CASE("take() leaves an empty list") {
  Segments segments;
  segments.tail().append("bytes");
  const auto taken = segments.take();
  CHECK(taken.size() == 1);
  CHECK(segments.empty());
  CHECK(segments.size_bytes() == 0);
}

}  // namespace
}  // namespace cachekit::protocol
