#include "node/storage/collections/field_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "node/storage/collections/field_collection.h"
#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

using Model = std::map<std::string, std::string>;

Model contents_of(const FieldTable& table) {
  Model contents;
  table.visit_all([&](const FieldItem& item) {
    contents.emplace(item.field, item.value);
    return true;
  });
  return contents;
}

TEST_CASE("random changes of a table are those of a map") {
  std::mt19937_64 random(test::seed());
  FieldTable table(true, random());
  Model model;
  for (int phase = 0; phase < 4; ++phase) {
    const std::uint64_t removals_in_ten = phase % 2 == 0 ? 2 : 8;
    for (int i = 0; i < 20'000; ++i) {
      const std::string field = std::to_string(random() % 10'000);
      if (random() % 10 < removals_in_ten) {
        REQUIRE(table.remove(field) == (model.erase(field) == 1));
      } else {
        const std::string value(random() % 200, 'v');
        REQUIRE(table.set({field, value}) == !model.contains(field));
        model[field] = value;
      }
    }
    CHECK(table.size() == model.size());
    CHECK(contents_of(table) == model);
    for (int i = 0; i < 10'000; ++i) {
      const std::string field = std::to_string(i);
      const auto held = model.find(field);
      const auto found = table.find(field);
      REQUIRE(found.has_value() == (held != model.end()));
      if (found) REQUIRE(found->value == held->second);
    }
  }
}

TEST_CASE("fields and values may be empty, binary and long") {
  FieldTable table(true, 1);
  const std::string binary("\0\r\n\xff", 4);
  const std::string huge(2'000'000, 'h');
  for (const auto& field : {std::string(), binary, huge}) {
    for (const auto& value : {huge, std::string(), binary}) {
      table.set({field, value});
      REQUIRE(table.find(field)->value == value);
    }
  }
  CHECK(table.size() == 3);
}

TEST_CASE("a walk meets what stays exactly once, while the table grows and shrinks") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 20; ++round) {
    FieldTable table(false, random());
    std::multiset<std::string> staying;
    for (int i = 0; i < 500; ++i) {
      staying.insert("stays " + std::to_string(i));
      table.set({"stays " + std::to_string(i), {}});
    }
    std::multiset<std::string> met;
    FieldTable::Position position = 0;
    do {
      position = table.visit_bucket(position, [&](const FieldItem& item) {
        if (item.field.starts_with("stays")) met.emplace(item.field);
      });
      const std::uint64_t count = random() % 40;
      const bool grows = random() % 2 == 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::string field = "comes and goes " + std::to_string(random() % 3000);
        grows ? table.set({field, {}}) : table.remove(field);
      }
    } while (position != 0);
    CHECK(met == staying);
  }
}

TEST_CASE("a walk from any number ends") {
  FieldTable table(false, 7);
  table.set({"a", {}});
  for (const FieldTable::Position from : {std::uint64_t{1}, (std::uint64_t{1} << 48) - 1,
                                          std::uint64_t{1} << 48, ~std::uint64_t{0}}) {
    FieldTable::Position position = from;
    int steps = 0;
    do {
      position = table.visit_bucket(position, [](const FieldItem&) {});
    } while (position != 0 && ++steps < 100);
    CHECK(position == 0);
  }
}

TEST_CASE("every field is picked as often as any other") {
  std::mt19937_64 random(test::seed());
  FieldTable table(false, random());
  constexpr int fields = 200;
  constexpr int draws = 200'000;
  for (int i = 0; i < fields; ++i) table.set({std::to_string(i), {}});
  std::map<std::string, int> drawn;
  for (int i = 0; i < draws; ++i) ++drawn[std::string(table.pick(random).field)];
  CHECK(drawn.size() == fields);
  double chi_square = 0;
  constexpr double expected = double{draws} / fields;
  for (const auto& [field, count] : drawn) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  // 199 degrees of freedom: beyond 320 less than once in ten million times.
  CHECK(chi_square < 320);
}

TEST_CASE("memory follows contents, in small steps") {
  FieldTable table(false, 3);
  std::size_t before = table.bytes();
  std::size_t largest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string member = "member " + std::to_string(i);
    const std::size_t predicted =
        table.predicted_bytes({member, {}}) + table.predicted_bucket_bytes(1);
    table.set({member, {}});
    const std::size_t added = table.bytes() - before;
    REQUIRE(added <= predicted);
    largest = std::max(largest, added);
    before = table.bytes();
  }
  CHECK(table.bytes() < 100'000 * 45);
  CHECK(largest < 8192);
  for (int i = 0; i < 100'000; ++i) table.remove("member " + std::to_string(i));
  CHECK(table.bytes() < 10'000);
}

TEST_CASE("a collection is copied, and freed in steps") {
  FieldCollection hash(ValueType::hash, 5);
  for (int i = 0; i < 5000; ++i) hash.table().set({std::to_string(i), "value"});
  const auto copy = hash.clone();
  std::size_t steps = 0;
  while (hash.free_step()) ++steps;
  CHECK(steps == 5000);
  CHECK(copy->size() == 5000);
  CHECK(copy->type() == ValueType::hash);
  CHECK(static_cast<const FieldCollection&>(*copy).table().find("4999")->value == "value");
}

}  // namespace
}  // namespace cachekit::node::storage
