#include "node/storage/collections/list_collection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "node/storage/allocation.h"
#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

using ListModel = std::deque<std::string>;

ListModel contents_of(const ListCollection& list) {
  ListModel contents;
  list.visit(0, [&](std::string_view element) {
    contents.emplace_back(element);
    return true;
  });
  return contents;
}

ListModel reversed_contents_of(const ListCollection& list) {
  ListModel contents;
  list.visit_backwards(list.size() - 1, [&](std::string_view element) {
    contents.emplace_front(element);
    return true;
  });
  return contents;
}

// A list and a deque that go through the same random changes.
class ListAndModel {
 public:
  explicit ListAndModel(std::size_t most_bytes) : random_(test::seed()), most_bytes_(most_bytes) {}

  void step(std::size_t growth_in_ten) {
    if (below(10) < growth_in_ten || model.empty()) {
      grow();
    } else {
      shrink();
    }
    REQUIRE(list.size() == model.size());
  }

  void check() {
    REQUIRE(contents_of(list) == model);
    if (!model.empty()) REQUIRE(reversed_contents_of(list) == model);
    for (int i = 0; i < 20 && !model.empty(); ++i) {
      const std::size_t at = below(model.size());
      REQUIRE(list.at(at) == model[at]);
    }
  }

  ListCollection list;
  ListModel model;

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  std::ptrdiff_t at(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

  std::string element() {
    const std::size_t size = below(100) == 0 ? most_bytes_ : below(30);
    return std::string(size, static_cast<char>('a' + below(4)));
  }

  void grow() {
    const std::string value = element();
    const std::size_t index = below(model.size() + 1);
    switch (below(4)) {
      case 0:
        list.push_front(value);
        model.push_front(value);
        break;
      case 1:
        list.push_back(value);
        model.push_back(value);
        break;
      case 2:
        list.insert(index, value);
        model.insert(model.begin() + at(index), value);
        break;
      default:
        if (index == model.size()) return;
        list.set(index, value);
        model[index] = value;
        break;
    }
  }

  void shrink() {
    const std::size_t size = model.size();
    const std::size_t first = below(3) == 0 ? 0 : below(size);
    const std::size_t most = below(50) == 0 ? size - first : std::min<std::size_t>(size - first, 3);
    const std::size_t count = below(4) == 0 ? std::min<std::size_t>(1, size) : 1 + below(most);
    const std::size_t from = below(4) == 0 ? size - count : std::min(first, size - count);
    list.erase(from, count);
    model.erase(model.begin() + at(from), model.begin() + at(from + count));
  }

  std::mt19937_64 random_;
  std::size_t most_bytes_;
};

TEST_CASE("random changes of a large list are those of a deque") {
  for (const std::size_t most_bytes : {40U, 3000U, 9000U}) {
    CAPTURE(most_bytes);
    ListAndModel pair(most_bytes);
    for (int phase = 0; phase < 6; ++phase) {
      for (int i = 0; i < 4000; ++i) pair.step(phase % 2 == 0 ? 8 : 3);
      pair.check();
    }
  }
}

TEST_CASE("removing equal elements reports runs that repeat it") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 30; ++round) {
    ListCollection list;
    ListModel model;
    for (std::size_t i = random() % 3000; i > 0; --i) {
      const std::string element(1 + random() % 20, random() % 4 == 0 ? 'x' : 'y');
      list.push_back(element);
      model.push_back(element);
    }
    const std::string value(1 + random() % 20, 'x');
    const std::size_t limit = random() % 3 == 0 ? model.size() + 1 : random() % 20;
    const bool from_back = random() % 2 == 0;
    ListModel repeated = model;
    const std::size_t removed =
        list.remove_equal(value, limit, from_back, [&](std::size_t index, std::size_t count) {
          const auto begin = repeated.begin() + static_cast<std::ptrdiff_t>(index);
          repeated.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
        });

    const auto equal = static_cast<std::size_t>(std::count(model.begin(), model.end(), value));
    CHECK(removed == std::min(equal, limit));
    std::size_t left = removed;
    if (from_back) std::reverse(model.begin(), model.end());
    std::erase_if(model, [&](const std::string& element) {
      return element == value && left > 0 && left-- > 0;
    });
    if (from_back) std::reverse(model.begin(), model.end());
    CHECK(contents_of(list) == model);
    CHECK(repeated == model);
    CHECK(list.size() == model.size());
  }
}

TEST_CASE("a visit stops when it is told to") {
  ListCollection list;
  for (int i = 0; i < 5000; ++i) list.push_back(std::to_string(i));
  std::vector<std::string> seen;
  const auto three = [&](std::string_view element) {
    seen.emplace_back(element);
    return seen.size() % 3 != 0;
  };
  list.visit(4000, three);
  list.visit_backwards(10, three);
  CHECK(seen == std::vector<std::string>{"4000", "4001", "4002", "10", "9", "8"});
}

TEST_CASE("the memory of a list follows what it holds") {
  ListCollection list;
  const std::size_t empty = list.bytes();
  CHECK(empty < 300);
  std::size_t content = 0;
  for (int i = 0; i < 100'000; ++i) {
    list.push_back(std::string(20, 'x'));
    content += 22;
  }
  CHECK(list.bytes() > content);
  CHECK(list.bytes() < content * 105 / 100);
  list.erase(10, list.size() - 20);
  CHECK(list.bytes() < 30'000);
  list.erase(0, 20);
  CHECK(list.size() == 0);
}

TEST_CASE("what is thinned out joins its neighbours") {
  ListCollection list;
  for (int i = 0; i < 100'000; ++i) list.push_back(i % 10 == 0 ? "kept" : "removed");
  const std::size_t full = list.bytes();
  list.remove_equal("removed", list.size(), false, [](std::size_t, std::size_t) {});
  CHECK(list.size() == 10'000);
  CHECK(list.bytes() < full / 4);
}

TEST_CASE("a list is freed in steps, and forgets its memory") {
  ListCollection list;
  for (int i = 0; i < 20'000; ++i) list.push_front(std::string(50, 'x'));
  std::size_t steps = 0;
  std::size_t before = list.bytes();
  while (list.free_step()) {
    ++steps;
    CHECK(before - list.bytes() < 10'000);
    before = list.bytes();
  }
  CHECK(steps > 200);
  CHECK(list.bytes() < 1000);
}

TEST_CASE("a copy is equal and on its own") {
  ListCollection list;
  for (int i = 0; i < 1000; ++i) list.push_back(std::to_string(i));
  const auto copy = list.clone();
  list.erase(0, 999);
  CHECK(copy->size() == 1000);
  const auto& twin = static_cast<const ListCollection&>(*copy);
  CHECK(twin.at(0) == "0");
  CHECK(twin.at(999) == "999");
}

TEST_CASE("elements may be longer than a chunk") {
  ListCollection list;
  const std::string huge(1'000'000, 'h');
  for (int i = 0; i < 5; ++i) {
    list.push_back("small");
    list.push_back(huge);
    list.insert(list.size() / 2, huge);
  }
  CHECK(list.size() == 15);
  CHECK(list.at(1) == huge);
  CHECK(list.bytes() > 10 * huge.size());
  CHECK(list.bytes() < 10 * predicted_block_bytes(huge.size() + 100) + 200'000);
}

}  // namespace
}  // namespace cachekit::node::storage
