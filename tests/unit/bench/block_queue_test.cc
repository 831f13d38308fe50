#include "bench/load/block_queue.h"

#include <doctest/doctest.h>

#include <thread>

namespace cachekit::bench {
namespace {

BlockQueue::Block block_of(std::size_t number) { return {TraceRequest{"key", number}}; }

TEST_CASE("blocks come out in the order in which they went in, through a full queue as well") {
  constexpr std::size_t count = 1000;
  BlockQueue queue;
  std::thread producer([&] {
    for (std::size_t number = 0; number < count; ++number) queue.push(block_of(number));
    queue.close();
  });
  std::size_t expected = 0;
  while (const auto block = queue.pop()) CHECK(block->front().size_bytes == expected++);
  producer.join();
  CHECK(expected == count);
}

TEST_CASE("a closed queue still gives what it holds") {
  BlockQueue queue;
  queue.push(block_of(7));
  queue.close();
  CHECK(queue.pop()->front().size_bytes == 7);
  CHECK_FALSE(queue.pop());
}

TEST_CASE("closing frees a producer that waits for room") {
  BlockQueue queue;
  std::thread producer([&] {
    while (queue.push(block_of(1))) {
    }
  });
  queue.pop();
  queue.close();
  producer.join();
  CHECK_FALSE(queue.push(block_of(2)));
}

}  // namespace
}  // namespace cachekit::bench
