#include "protocol/spare_segments.h"

#include <doctest/doctest.h>

namespace cachekit::protocol {
namespace {

std::vector<Segment> sent(std::size_t bytes) {
  Segments segments;
  segments.tail().assign(bytes, 'x');
  return segments.take();
}

TEST_CASE("memory that has been sent is used again, and empty") {
  SpareSegments spares;
  spares.give(sent(1000));
  CHECK(spares.bytes() >= 1000);
  Segments again = spares.take();
  CHECK(again.empty());
  CHECK(again.capacity() >= 1000);
  CHECK(spares.bytes() == 0);
  CHECK(spares.take().capacity() == 0);
}

TEST_CASE("pinned values are let go") {
  auto value = std::make_shared<const std::string>("value");
  const std::weak_ptr<const std::string> watched = value;
  Segments segments;
  segments.tail().assign(100, 'x');
  segments.pin(*value, value);
  value.reset();
  SpareSegments spares;
  spares.give(segments.take());
  CHECK(watched.expired());
}

TEST_CASE("what is kept is bounded, in one and in all") {
  SpareSegments spares;
  spares.give(sent(SpareSegments::most_bytes_of_one + 1));
  CHECK(spares.bytes() == 0);
  for (int i = 0; i < 100; ++i) spares.give(sent(SpareSegments::most_bytes_of_one / 2));
  CHECK(spares.bytes() > SpareSegments::most_bytes / 2);
  CHECK(spares.bytes() <= SpareSegments::most_bytes);
}

}  // namespace
}  // namespace cachekit::protocol
