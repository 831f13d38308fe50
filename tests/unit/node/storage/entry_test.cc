#include "node/storage/entry.h"

#include <doctest/doctest.h>

namespace cachekit::node::storage {
namespace {

struct OwnedEntry {
  Entry* entry;

  OwnedEntry(std::string_view key, const std::string& value)
      : entry(create_entry(key, 7, {value})) {}
  ~OwnedEntry() { destroy_entry(entry); }
};

TEST_CASE("an entry holds key and value of any size") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{500},
                                 large_value_bytes - 1, large_value_bytes, std::size_t{300'000}}) {
    const std::string value(size, 'v');
    const OwnedEntry owned("key", value);
    CHECK(owned.entry->key() == "key");
    CHECK(owned.entry->value() == value);
    CHECK((owned.entry->blob() != nullptr) == (size >= large_value_bytes));
  }
}

TEST_CASE("the footprint is never above what was foretold") {
  for (std::size_t size = 0; size < 300'000; size += 1 + size / 7) {
    const OwnedEntry owned("key", std::string(size, 'v'));
    REQUIRE(owned.entry->footprint_bytes() <= predicted_footprint_bytes(3, size));
    REQUIRE(owned.entry->footprint_bytes() >= size + 3);
  }
}

TEST_CASE("a value that needs the same block is replaced in place") {
  const OwnedEntry owned("key", "abc");
  CHECK(replace_value(*owned.entry, {"xyz"}));
  CHECK(owned.entry->value() == "xyz");
  CHECK(owned.entry->key() == "key");
  CHECK_FALSE(replace_value(*owned.entry, {std::string(100, 'v')}));
  CHECK_FALSE(replace_value(*owned.entry, {std::string(large_value_bytes, 'v')}));
  CHECK(owned.entry->value() == "xyz");
}

TEST_CASE("a large value is replaced by another without a new block") {
  const OwnedEntry owned("key", std::string(large_value_bytes, 'a'));
  const std::string longer(2 * large_value_bytes, 'b');
  CHECK(replace_value(*owned.entry, {longer}));
  CHECK(owned.entry->value() == longer);
}

}  // namespace
}  // namespace cachekit::node::storage
