#include "node/storage/segmented_array.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace cachekit::node::storage {
namespace {

TEST_CASE("items keep their values and their place while the array grows and shrinks") {
  SegmentedArray<std::uint64_t> array;
  array.push_back(0);
  const std::uint64_t* const first = &array[0];
  for (std::uint64_t i = 1; i < 10'000; ++i) array.push_back(i);
  CHECK(&array[0] == first);
  for (std::uint64_t i = 0; i < 10'000; ++i) REQUIRE(array[i] == i);
  while (array.size() > 10) array.pop_back();
  CHECK(array.back() == 9);
}

TEST_CASE("memory comes back as the array shrinks, and growth is foretold") {
  SegmentedArray<std::uint64_t> array;
  CHECK(array.bytes() == 0);
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const std::size_t allowed = array.bytes() + array.bytes_to_push(1);
    array.push_back(i);
    REQUIRE(array.bytes() <= allowed);
  }
  CHECK(array.bytes() > 800'000);
  CHECK(array.bytes() < 830'000);
  while (!array.empty()) array.pop_back();
  CHECK(array.bytes() < 100);
}

TEST_CASE("whole segments can be dropped") {
  SegmentedArray<std::uint64_t> array;
  for (std::uint64_t i = 0; i < 1000; ++i) array.push_back(i);
  array.pop_segment();
  CHECK(array.size() == 512);
  array.pop_segment();
  CHECK(array.empty());
}

}  // namespace
}  // namespace cachekit::node::storage
