#include "node/storage/slots.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

TEST_CASE("every size has the smallest class that holds it") {
  for (std::size_t bytes = 1; bytes <= largest_slot_bytes; bytes += bytes < 3000 ? 1 : 97) {
    const std::size_t size_class = size_classes::of(bytes);
    REQUIRE(size_classes::slot_bytes(size_class) >= bytes);
    if (size_class > 0) REQUIRE(size_classes::slot_bytes(size_class - 1) < bytes);
  }
}

TEST_CASE("the next slot of a class adds a page only when the last page is full") {
  Slots slots;
  CHECK(slots.growth_bytes(500) == page_bytes);
  slots.allocate(500);
  CHECK(slots.bytes() == page_bytes);
  CHECK(slots.growth_bytes(500) == 0);
  for (int i = 0; i < 7; ++i) slots.allocate(500);
  CHECK(slots.bytes() == page_bytes);
  CHECK(slots.growth_bytes(500) == page_bytes);
}

TEST_CASE("a freed slot is the next one's, also for an entry a little smaller") {
  Slots slots;
  const Handle first = slots.allocate(500);
  slots.allocate(500);
  slots.free(first);
  CHECK(slots.allocate(490) == first);
  slots.free(first);
  CHECK(slots.allocate(300) != first);
}

// Slots with content, some freed again, against a map of what they should hold.
struct Filled {
  Slots slots;
  std::map<Handle, std::string> content;
  std::mt19937_64 random{test::seed()};

  void add() {
    const std::size_t size = 20 + random() % 400;
    const Handle handle = slots.allocate(size);
    REQUIRE(handle != no_handle);
    REQUIRE_FALSE(content.contains(handle));
    std::string bytes(size, static_cast<char>('a' + random() % 26));
    bytes[Slots::mark_offset] = 0;
    std::memcpy(slots.at(handle), bytes.data(), bytes.size());
    content[handle] = bytes;
  }
  void remove() {
    const auto chosen = std::next(content.begin(), static_cast<long>(random() % content.size()));
    slots.free(chosen->first);
    content.erase(chosen);
  }
  void compact() {
    while (slots.can_compact()) {
      slots.compact_step([&](Handle from, Handle to) {
        REQUIRE_FALSE(content.contains(to));
        content[to] = content.at(from);
        content.erase(from);
      });
    }
  }
  void check() const {
    for (const auto& [handle, bytes] : content) {
      REQUIRE(std::string_view(slots.at(handle), bytes.size()) == bytes);
    }
  }
};

TEST_CASE("compaction moves what is left together and gives the rest back") {
  Filled filled;
  for (int i = 0; i < 20'000; ++i) filled.add();
  const std::size_t full_bytes = filled.slots.bytes();
  while (filled.content.size() > 2000) filled.remove();
  CHECK(filled.slots.bytes() == full_bytes);
  filled.compact();
  filled.check();
  CHECK(filled.slots.bytes() < filled.slots.taken_bytes() + size_classes::count * page_bytes);
  CHECK(filled.slots.bytes() < full_bytes / 2);
}

TEST_CASE("slots keep their content while others come, go and move") {
  Filled filled;
  for (int i = 0; i < 20'000; ++i) {
    if (filled.content.empty() || filled.random() % 5 < 3) {
      filled.add();
    } else {
      filled.remove();
    }
    if (i % 1000 == 0) filled.compact();
  }
  filled.check();
  Slots::Cursor cursor;
  std::size_t visited = 0;
  while (filled.slots.next(cursor) != no_handle) ++visited;
  CHECK(visited == filled.content.size());
}

TEST_CASE("more than one block of a class is released down to nothing") {
  Slots slots;
  std::vector<Handle> handles;
  for (std::uint32_t i = 0; i < 2 * Slots::slots_per_block + 5; ++i) {
    handles.push_back(slots.allocate(16));
  }
  CHECK(handles.back() / Slots::slots_per_block != handles.front() / Slots::slots_per_block);
  for (const Handle handle : handles) slots.free(handle);
  while (slots.can_compact()) slots.compact_step([](Handle, Handle) { FAIL("nothing is taken"); });
  CHECK(slots.bytes() == 0);
  CHECK(slots.taken_bytes() == 0);
}

}  // namespace
}  // namespace cachekit::node::storage
