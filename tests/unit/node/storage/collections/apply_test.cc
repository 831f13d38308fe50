#include "node/storage/collections/apply.h"

#include <doctest/doctest.h>

#include "tests/unit/node/storage/collections/typed_contents.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

using Kind = Effect::Kind;

struct Follower {
  test::NoSink nobody;
  Store store{{}, nobody};

  std::vector<std::string> elements(const std::string& key) {
    return test::typed_contents_of(store)[key].elements;
  }
};

TEST_CASE_FIXTURE(Follower, "effects that do not suit what is there change nothing") {
  store.apply({.kind = Kind::set, .key = "string", .value = "v"});
  store.apply({.kind = Kind::list_push_back, .key = "list", .value = "a"});
  const auto before = test::typed_contents_of(store);
  for (const auto kind : {Kind::list_insert, Kind::list_set, Kind::list_erase}) {
    store.apply({.kind = kind, .key = "list", .value = "x", .index = 7, .count = 1});
    store.apply({.kind = kind, .key = "missing", .value = "x", .index = 0, .count = 1});
  }
  for (const auto kind : {Kind::set_add, Kind::set_remove, Kind::hash_set, Kind::hash_remove}) {
    store.apply({.kind = kind, .key = "list", .value = "a", .field = "a"});
    store.apply({.kind = kind, .key = "string", .value = "a", .field = "a"});
  }
  CHECK(test::typed_contents_of(store) == before);
}

TEST_CASE_FIXTURE(Follower, "an erasure beyond the end takes what there is, and then the key") {
  for (const char* value : {"a", "b", "c"}) {
    store.apply({.kind = Kind::list_push_back, .key = "list", .value = value});
  }
  store.apply({.kind = Kind::list_erase, .key = "list", .value = {}, .index = 1, .count = 99});
  CHECK(elements("list") == std::vector<std::string>{"a"});
  store.apply({.kind = Kind::list_erase, .key = "list", .value = {}, .index = 0, .count = 1});
  CHECK(store.size() == 0);
}

TEST_CASE_FIXTURE(Follower, "an expired collection is still changed: its store removes it") {
  store.apply({.kind = Kind::set_add, .key = "s", .value = "a"});
  store.apply({.kind = Kind::expire, .key = "s", .value = {}, .expire_at = 1});
  store.apply({.kind = Kind::set_add, .key = "s", .value = "b"});
  CHECK(elements("s") == std::vector<std::string>{"a", "b"});
}

}  // namespace
}  // namespace cachekit::node::storage
