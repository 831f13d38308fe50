#include "bench/load/content.h"

#include <doctest/doctest.h>

namespace cachekit::bench {
namespace {

TEST_CASE("a key has its size, and its index at the end") {
  CHECK(key_text(42, 50).size() == 50);
  CHECK(key_text(42, 10) == "key:000042");
}

TEST_CASE("a key that has no room for the prefix is digits alone") {
  CHECK(key_text(99'999, 5) == "99999");
  CHECK(key_text(7, 3) == "007");
}

TEST_CASE("keys of different indexes differ") { CHECK(key_text(1, 20) != key_text(10, 20)); }

TEST_CASE("digits of a number") {
  CHECK(digits_of(0) == 1);
  CHECK(digits_of(9) == 1);
  CHECK(digits_of(10) == 2);
  CHECK(digits_of(18'446'744'073'709'551'615U) == 20);
}

TEST_CASE("a value belongs to its key and to no other, whatever its size") {
  ValueMaker maker;
  for (const std::size_t size : {1U, 15U, 16U, 17U, 500U, 100'000U}) {
    const std::string_view value = maker.make("key:1", size);
    CHECK(value.size() == size);
    CHECK(ValueMaker::belongs("key:1", value));
  }
  CHECK_FALSE(ValueMaker::belongs("key:2", maker.make("key:1", 16)));
}

TEST_CASE("an empty value belongs to every key") {
  ValueMaker maker;
  CHECK(ValueMaker::belongs("key", maker.make("key", 0)));
}

TEST_CASE("a large value leaves no trace in a smaller one") {
  ValueMaker maker;
  const std::string fresh(ValueMaker().make("b", 40));
  maker.make("a", 1000);
  CHECK(maker.make("b", 40) == fresh);
}

}  // namespace
}  // namespace cachekit::bench
