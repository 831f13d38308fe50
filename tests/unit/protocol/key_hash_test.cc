#include "protocol/key_hash.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/protocol/ring_vectors.h"

namespace cachekit::protocol {
namespace {

TEST_CASE("a key without braces is its own tag") { CHECK(hash_tag("user:1") == "user:1"); }

TEST_CASE("the tag stands between the first opening brace and the first closing one after it") {
  CHECK(hash_tag("{user1000}.following") == "user1000");
  CHECK(hash_tag("foo{bar}{zap}") == "bar");
  CHECK(hash_tag("foo{{bar}}zap") == "{bar");
  CHECK(hash_tag("}foo{bar}") == "bar");
}

TEST_CASE("an empty or open tag does not count") {
  CHECK(hash_tag("foo{}{bar}") == "foo{}{bar}");
  CHECK(hash_tag("foo{bar") == "foo{bar");
  CHECK(hash_tag("{") == "{");
  CHECK(hash_tag("") == "");
  CHECK(hash_tag("}{") == "}{");
}

TEST_CASE("keys of one tag stand at one place") {
  CHECK(key_hash("{user1000}.following") == key_hash("{user1000}.followers"));
  CHECK(key_hash("{user1000}.following") == key_hash("user1000"));
  CHECK(key_hash("{user1000}") != key_hash("{user1001}"));
}

TEST_CASE("bytes hash to the published values") {
  for (const ring_vectors::Hash& vector : ring_vectors::hashes) {
    CAPTURE(vector.bytes);
    CHECK(hash_bytes(vector.bytes) == vector.xxh3);
  }
}

TEST_CASE("the hash of nothing is the one of the XXH3 specification") {
  CHECK(hash_bytes("") == 0x2d06800538d394c2u);
}

TEST_CASE("keys hash to the published values") {
  for (const ring_vectors::Owner& vector : ring_vectors::owners) {
    CAPTURE(vector.key);
    CHECK(key_hash(vector.key) == vector.position);
  }
}

}  // namespace
}  // namespace cachekit::protocol
