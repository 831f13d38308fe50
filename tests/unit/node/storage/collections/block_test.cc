#include "node/storage/collections/block.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "node/storage/collections/block_builder.h"
#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

using Elements = std::vector<std::string>;

Elements elements_of(std::string_view block) {
  Elements elements;
  for (const char* at = block::begin(block); at != block::end(block);) {
    elements.emplace_back(sequence::read(at));
    at = sequence::end_of(sequence::read(at));
  }
  return elements;
}

std::string block_of(const Elements& elements) {
  BlockBuilder builder;
  for (const auto& element : elements) REQUIRE(builder.add(element));
  return std::string(builder.block());
}

TEST_CASE("elements of every length are read as they were written, from both ends") {
  for (const std::size_t size :
       {0U, 1U, 2U, 125U, 126U, 127U, 128U, 129U, 300U, 16'380U, 16'384U, 20'000U, 3'000'000U}) {
    CAPTURE(size);
    const std::string element(size, 'e');
    std::string bytes(sequence::encoded_size(size), '\0');
    char* const end = sequence::write(bytes.data(), element);
    CHECK(end == bytes.data() + bytes.size());
    CHECK(sequence::read(bytes.data()) == element);
    CHECK(sequence::end_of(sequence::read(bytes.data())) == end);
    CHECK(sequence::start_before(end) == bytes.data());
    CHECK(sequence::is_sequence(bytes, 1));
  }
}

TEST_CASE("an index is found from either end") {
  const Elements elements = {"a", "", "ccc", std::string(200, 'd'), "e"};
  const std::string block = block_of(elements);
  CHECK(block::items(block) == elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    CHECK(sequence::read(block::at(block, 1, i)) == elements[i]);
  }
  CHECK(block::at(block, 1, elements.size()) == block::end(block));
}

TEST_CASE("a field is found among fields, not among values") {
  BlockBuilder builder;
  REQUIRE(builder.add_pair("a", "b"));
  REQUIRE(builder.add_pair("b", "c"));
  const auto at = block::find(builder.block(), 2, "b");
  REQUIRE(at);
  CHECK(sequence::read(sequence::skip(*at, 1)) == "c");
  CHECK_FALSE(block::find(builder.block(), 2, "c"));
}

TEST_CASE("a builder refuses what does not fit, and stays as it was") {
  BlockBuilder builder;
  for (std::size_t i = 0; i < max_block_items; ++i) REQUIRE(builder.add("x"));
  const std::string full(builder.block());
  CHECK_FALSE(builder.add("y"));
  CHECK(builder.block() == full);

  BlockBuilder large;
  CHECK_FALSE(large.add(std::string(max_block_bytes, 'x')));
  REQUIRE(large.add(std::string(max_block_bytes - 10, 'x')));
  CHECK_FALSE(large.add("more"));
  CHECK(large.items() == 1);
  CHECK_FALSE(large.replace(block::at(large.block(), 1, 0), std::string(max_block_bytes, 'y')));

  BlockBuilder fields;
  CHECK_FALSE(fields.add_member(std::string(max_block_field_bytes + 1, 'x')));
  CHECK_FALSE(fields.add_pair("f", std::string(max_block_field_bytes + 1, 'x')));
  CHECK(fields.add_pair(std::string(max_block_field_bytes, 'x'), ""));
}

TEST_CASE("random changes of a block are those of a vector") {
  std::mt19937_64 random(test::seed());
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int round = 0; round < 200; ++round) {
    Elements model;
    BlockBuilder builder;
    for (int step = 0; step < 60; ++step) {
      const std::string element(below(80), static_cast<char>('a' + below(3)));
      const std::size_t choice = model.empty() ? 0 : below(4);
      if (choice <= 1) {
        REQUIRE(builder.add(element));
        model.push_back(element);
      } else if (choice == 2) {
        const std::size_t at = below(model.size());
        REQUIRE(builder.replace(block::at(builder.block(), 1, at), element));
        model[at] = element;
      } else {
        const std::size_t first = below(model.size());
        const std::size_t count = 1 + below(model.size() - first);
        const char* const from = block::at(builder.block(), 1, first);
        builder.erase(from, sequence::skip(from, count), count);
        const auto begin = model.begin() + static_cast<std::ptrdiff_t>(first);
        model.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      }
      REQUIRE(builder.items() == model.size());
      REQUIRE(elements_of(builder.block()) == model);
    }
    if (!model.empty()) CHECK(block::is_block(ValueType::list, builder.block()));
  }
}

TEST_CASE("equal elements go from the end that is asked for, up to the limit") {
  BlockBuilder builder;
  for (const char* element : {"x", "a", "x", "x", "b", "x"}) REQUIRE(builder.add(element));
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  const auto note = [&](std::size_t index, std::size_t count) { runs.emplace_back(index, count); };
  CHECK(builder.remove_equal("x", 1, 2, note) == 2);
  CHECK(elements_of(builder.block()) == Elements{"x", "a", "b", "x"});
  CHECK(runs == std::vector<std::pair<std::size_t, std::size_t>>{{2, 2}});
  CHECK(builder.remove_equal("x", 0, 9, note) == 2);
  CHECK(elements_of(builder.block()) == Elements{"a", "b"});
}

TEST_CASE("only what a builder could have written is a block") {
  BlockBuilder builder;
  REQUIRE(builder.add_pair("field", "value"));
  REQUIRE(builder.add_pair("other", "value"));
  const std::string good(builder.block());
  CHECK(block::is_block(ValueType::hash, good));
  CHECK_FALSE(block::is_block(ValueType::set, good));
  CHECK_FALSE(block::is_block(ValueType::string, good));
  CHECK_FALSE(block::is_block(ValueType::hash, ""));
  CHECK_FALSE(block::is_block(ValueType::hash, std::string(1, '\0')));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(block::is_block(ValueType::hash, good.substr(0, size)));
  }
  CHECK_FALSE(block::is_block(ValueType::hash, good + "x"));
  CHECK_FALSE(block::is_block(ValueType::set, block_of({"same", "same"})));
  CHECK(block::is_block(ValueType::list, block_of({"same", "same"})));
  CHECK_FALSE(block::is_block(ValueType::set, block_of({std::string(65, 'x')})));
}

}  // namespace
}  // namespace cachekit::node::storage
