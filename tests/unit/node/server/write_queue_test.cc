#include "node/server/write_queue.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>

namespace cachekit::test {
namespace {

using node::WriteQueue;
using protocol::Segments;

std::vector<protocol::Segment> segments_of(std::initializer_list<std::string_view> texts) {
  std::vector<protocol::Segment> list;
  for (const std::string_view text : texts) list.emplace_back(std::string(text));
  return list;
}

std::string front_of(const WriteQueue& queue, std::size_t ranges = 8) {
  std::array<std::string_view, 8> out;
  std::string text;
  const std::size_t count = queue.gather(std::span(out).first(ranges));
  for (std::size_t i = 0; i < count; ++i) text += out[i];
  return text;
}

TEST_CASE("what has been written already is not queued") {
  WriteQueue queue;
  queue.add(segments_of({"abc", "", "defg"}), 4);
  CHECK(front_of(queue) == "efg");
  queue.add(segments_of({"hi"}), 0);
  CHECK(front_of(queue) == "efghi");
}

TEST_CASE("consuming moves on, also within a segment") {
  WriteQueue queue;
  queue.add(segments_of({"abc", "defg"}), 0);
  queue.consume(1);
  CHECK(front_of(queue) == "bcdefg");
  queue.consume(3);
  CHECK(front_of(queue) == "efg");
  queue.consume(3);
  CHECK(queue.empty());
}

TEST_CASE("gathering takes no more ranges than there is room for") {
  WriteQueue queue;
  queue.add(segments_of({"a", "b", "c"}), 0);
  CHECK(front_of(queue, 2) == "ab");
}

TEST_CASE("a pinned value is released as soon as it has left") {
  auto value = std::make_shared<std::string>("pinned");
  const std::weak_ptr<std::string> watched = value;
  Segments segments;
  segments.tail() = "$6\r\n";
  segments.pin(*value, value);
  segments.tail() = "\r\n";
  value.reset();
  WriteQueue queue;
  queue.add(segments.take(), 2);
  CHECK(front_of(queue) == "\r\npinned\r\n");
  queue.consume(7);
  CHECK(!watched.expired());
  queue.consume(1);
  CHECK(watched.expired());
  CHECK(front_of(queue) == "\r\n");
}

}  // namespace
}  // namespace cachekit::test
