#include "node/replication/effect_codec.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::node::replication {
namespace {

using storage::Effect;
using storage::ValueType;
using Kind = Effect::Kind;

std::vector<Effect> one_of_each_kind() {
  return {
      {.kind = Kind::set, .key = "k", .value = "value", .expire_at = 1'700'000'000'000},
      {.kind = Kind::set, .key = "k", .value = ""},
      {.kind = Kind::expire, .key = "k", .value = {}, .expire_at = 5},
      {.kind = Kind::expire, .key = "", .value = {}},
      {.kind = Kind::expire,
       .key = "k",
       .value = {},
       .expire_at = std::numeric_limits<storage::UnixMillis>::max()},
      {.kind = Kind::remove, .cause = Effect::Cause::expired, .key = "k", .value = {}},
      {.kind = Kind::remove, .cause = Effect::Cause::evicted, .key = "k", .value = {}},
      {.kind = Kind::clear, .key = {}, .value = {}},
      {.kind = Kind::list_push_front, .type = ValueType::list, .key = "l", .value = "a"},
      {.kind = Kind::list_push_back, .type = ValueType::list, .key = "l", .value = "b"},
      {.kind = Kind::list_insert, .type = ValueType::list, .key = "l", .value = "c", .index = 300},
      {.kind = Kind::list_set, .type = ValueType::list, .key = "l", .value = "d", .index = 0},
      {.kind = Kind::list_erase,
       .type = ValueType::list,
       .key = "l",
       .value = {},
       .index = 1,
       .count = 1U << 20},
      {.kind = Kind::set_add, .type = ValueType::set, .key = "s", .value = "m"},
      {.kind = Kind::set_remove, .type = ValueType::set, .key = "s", .value = "m"},
      {.kind = Kind::hash_set, .type = ValueType::hash, .key = "h", .value = "v", .field = "f"},
      {.kind = Kind::hash_remove, .type = ValueType::hash, .key = "h", .value = {}, .field = "f"},
  };
}

bool equal(const Effect& a, const Effect& b) {
  return a.kind == b.kind && a.cause == b.cause && a.type == b.type && a.key == b.key &&
         a.value == b.value && a.expire_at == b.expire_at && a.field == b.field &&
         a.index == b.index && a.count == b.count;
}

TEST_CASE("every kind of effect comes back as it was, and no prefix passes for it") {
  for (const Effect& effect : one_of_each_kind()) {
    std::string bytes;
    encode(effect, bytes);
    DecodedHead head;
    REQUIRE(decode_head(bytes, head) == DecodeStatus::done);
    REQUIRE(head.head_bytes + head.value_bytes == bytes.size());
    head.effect.value = std::string_view(bytes).substr(head.head_bytes);
    CHECK(equal(head.effect, effect));
    for (std::size_t size = 0; size < head.head_bytes; ++size) {
      CHECK(decode_head(std::string_view(bytes).substr(0, size), head) == DecodeStatus::incomplete);
    }
  }
}

TEST_CASE("what is no effect is refused") {
  DecodedHead head;
  const auto status = [&](std::string_view bytes) { return decode_head(bytes, head); };
  CHECK(status("\x0f") == DecodeStatus::malformed);                          // no such kind
  CHECK(status("\x30") == DecodeStatus::malformed);                          // no such cause
  CHECK(status(std::string("\x02\x81\x00", 3)) == DecodeStatus::malformed);  // a number made longer
  CHECK(status("\x02\xff\xff\x7f") == DecodeStatus::malformed);  // a key that no node stores
  CHECK(status(std::string("\x00\x01k\x04\x00\x00", 6)) ==
        DecodeStatus::malformed);  // no such type
}

TEST_CASE("random bytes are read within their bounds") {
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::unique_ptr<char[]> exact(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), exact.get());
    DecodedHead head;
    if (decode_head({exact.get(), bytes.size()}, head) != DecodeStatus::done) continue;
    REQUIRE(head.head_bytes <= bytes.size());
  }
}

TEST_CASE("a compact collection is checked before it is stored") {
  CHECK(is_valid_value({.kind = Kind::set, .key = "k", .value = "anything"}));
  CHECK_FALSE(is_valid_value(
      {.kind = Kind::set, .type = ValueType::list, .key = "k", .value = "anything"}));
}

}  // namespace
}  // namespace cachekit::node::replication
