#include "node/storage/touch_sample.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "node/storage/store.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

std::size_t most_in_a_period(TouchSample& sample, int uses) {
  for (int i = 0; i < uses; ++i) sample.note(fmt::format("key:{:04}", i % 1000));
  return sample.take().size();
}

TEST_CASE("of few uses all are told, each key after its length") {
  TouchSample sample;
  sample.note("a");
  sample.note("bc");
  CHECK(sample.take() == std::string("\x01"
                                     "a"
                                     "\x02"
                                     "bc"));
  CHECK(sample.take().empty());
}

TEST_CASE("of many uses no more are told than fit, spread over the whole period") {
  TouchSample sample;
  for (int period = 0; period < 20; ++period) {
    CHECK(most_in_a_period(sample, 100'000) <= TouchSample::most_bytes + 100);
  }
  // Every n-th by now, so that the last of a period are among them.
  for (int i = 0; i < 99'000; ++i) sample.note("early");
  for (int i = 0; i < 1'000; ++i) sample.note("late");
  CHECK(sample.take().find("late") != std::string::npos);
  for (int period = 0; period < 20; ++period) most_in_a_period(sample, 10);
  CHECK(most_in_a_period(sample, 10) == 10 * std::string("\x08key:0000").size());
}

TEST_CASE("a store tells what its readers use, and another takes it over") {
  test::NoSink nobody;
  Store store({}, nobody);
  Store other({.max_memory_bytes = 0, .eviction = {.kind = EvictionKind::lru}}, nobody);
  TouchSample sample;
  store.sample_touches(&sample);
  REQUIRE(store.set("a", "1", no_expiry, 0) == WriteOutcome::done);
  CHECK(store.find("a", 0, Lookup::read));
  CHECK_FALSE(store.find("b", 0, Lookup::read));
  CHECK(store.find("a", 0, Lookup::inspect));
  CHECK(store.find("a", 0, Lookup::write));
  CHECK(sample.take() == std::string("\x01"
                                     "a"));
  store.sample_touches(nullptr);
  CHECK(store.find("a", 0, Lookup::read));
  CHECK(sample.take().empty());

  for (const char* key : {"a", "b", "c"}) {
    REQUIRE(other.set(key, std::string(1000, 'v'), no_expiry, 0) == WriteOutcome::done);
  }
  other.touch("a");
  other.touch("not there");
  while (other.size() == 3)
    other.set_max_memory(other.used_memory_bytes() - 1), other.maintain(0, 1);
  CHECK(other.find("a", 0, Lookup::inspect));
  CHECK_FALSE(other.find("b", 0, Lookup::inspect));
}

}  // namespace
}  // namespace cachekit::node::storage
