// Random edits of lists, sets and hashes against containers of the standard library, with a second
// store that sees only the effects.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "node/storage/collections/field_edit.h"
#include "node/storage/collections/list_edit.h"
#include "node/storage/collections/set_builder.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/collections/typed_contents.h"
#include "tests/unit/node/storage/constants.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

class FollowedStore {
 public:
  FollowedStore() : follower({.seed = 1}, nobody_), link(follower), leader({.seed = 2}, link) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  // Mostly short, so that small collections stay small; now and then what makes them large.
  std::string element() {
    const std::size_t size = below(400) == 0 ? below(10'000) : below(8);
    return std::string(size, static_cast<char>('a' + below(3)));
  }

  std::vector<std::string> elements() {
    std::vector<std::string> all(1 + (below(100) == 0 ? below(300) : below(3)));
    for (auto& one : all) one = element();
    return all;
  }

  ListEdit list_edit(const std::string& key) {
    return {leader, key, leader.find(key, now, Lookup::write), now};
  }
  FieldEdit field_edit(ValueType type, const std::string& key) {
    return {leader, type, key, leader.find(key, now, Lookup::write), now};
  }

  void check_equal() {
    REQUIRE(link.groups_balance());
    REQUIRE(test::typed_contents_of(leader) == test::typed_contents_of(follower));
  }

 private:
  std::mt19937_64 random_{test::seed()};
  test::NoSink nobody_;

 public:
  Store follower;
  test::FollowingSink link;
  Store leader;
};

std::vector<std::string_view> views_of(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

void change_list(FollowedStore& pair, const std::string& key, std::deque<std::string>& model) {
  const auto values = pair.elements();
  const auto views = views_of(values);
  const std::size_t at = pair.below(model.size() + 1);
  const auto place = model.begin() + static_cast<std::ptrdiff_t>(at);
  auto edit = pair.list_edit(key);
  WriteOutcome outcome = WriteOutcome::done;
  switch (model.empty() ? pair.below(2) : pair.below(7)) {
    case 0:
      outcome = edit.push(ListEnd::front, views).outcome;
      for (const auto& value : values) model.push_front(value);
      break;
    case 1:
      outcome = edit.push(ListEnd::back, views).outcome;
      for (const auto& value : values) model.push_back(value);
      break;
    case 2:
      outcome = edit.insert(at, values[0]).outcome;
      model.insert(place, values[0]);
      break;
    case 3:
      if (at == model.size()) break;
      outcome = edit.set(at, values[0]);
      model[at] = values[0];
      break;
    case 4: {
      const std::size_t limit = pair.below(4);
      const std::size_t counted = edit.remove_equal(values[0], limit, false);
      std::size_t left = limit;
      const auto removed = std::erase_if(
          model, [&](const auto& value) { return value == values[0] && left > 0 && left-- > 0; });
      CHECK(counted == removed);
      break;
    }
    default: {
      std::size_t count = std::min<std::size_t>(model.size() - at, pair.below(4));
      if (pair.below(20) == 0) count = model.size() - at;
      edit.erase(at, count);
      model.erase(place, place + static_cast<std::ptrdiff_t>(count));
      break;
    }
  }
  REQUIRE(outcome == WriteOutcome::done);
}

void change_fields(FollowedStore& pair, ValueType type, const std::string& key,
                   std::map<std::string, std::string>& model) {
  auto words = pair.elements();
  auto edit = pair.field_edit(type, key);
  if (pair.below(10) < 6) {
    const std::size_t width = block::width_of(type);
    if (words.size() % width != 0) words.push_back(pair.element());
    std::size_t added = 0;
    for (std::size_t i = 0; i < words.size(); i += width) {
      if (!model.contains(words[i])) ++added;
      model[words[i]] = width == 2 ? words[i + 1] : "";
    }
    REQUIRE(edit.add(views_of(words)).count == added);
  } else {
    std::size_t removed = 0;
    for (const auto& field : words) removed += model.erase(field);
    REQUIRE(edit.remove(views_of(words)) == removed);
  }
}

TEST_CASE("random edits are those of the standard containers, and of a store fed their effects") {
  FollowedStore pair;
  constexpr std::size_t keys = 20;
  std::map<std::string, std::deque<std::string>> lists;
  std::map<std::string, std::map<std::string, std::string>> sets;
  std::map<std::string, std::map<std::string, std::string>> hashes;
  for (int i = 0; i < 60'000; ++i) {
    const std::size_t number = pair.below(keys);
    switch (pair.below(3)) {
      case 0:
        change_list(pair, fmt::format("list {}", number), lists[fmt::format("list {}", number)]);
        break;
      case 1:
        change_fields(pair, ValueType::set, fmt::format("set {}", number),
                      sets[fmt::format("set {}", number)]);
        break;
      default:
        change_fields(pair, ValueType::hash, fmt::format("hash {}", number),
                      hashes[fmt::format("hash {}", number)]);
        break;
    }
    if (i % 2000 != 0) continue;
    pair.check_equal();
    test::TypedContents expected;
    for (const auto& [key, model] : lists) {
      if (!model.empty()) expected[key] = {ValueType::list, {model.begin(), model.end()}};
    }
    for (const auto& [key, model] : sets) {
      if (model.empty()) continue;
      expected[key].type = ValueType::set;
      for (const auto& [field, value] : model) expected[key].elements.push_back(field);
    }
    for (const auto& [key, model] : hashes) {
      if (model.empty()) continue;
      expected[key].type = ValueType::hash;
      for (const auto& [field, value] : model) {
        expected[key].elements.insert(expected[key].elements.end(), {field, value});
      }
    }
    REQUIRE(test::typed_contents_of(pair.leader) == expected);
  }
  pair.check_equal();
}

struct Fixture {
  test::WritingSink sink;
  Store store{{}, sink};

  std::optional<EntryView> find(const std::string& key) {
    return store.find(key, now, Lookup::write);
  }
  bool is_large(const std::string& key) { return find(key)->collection != nullptr; }
};

TEST_CASE_FIXTURE(Fixture, "a collection is one block until it has too many or too long elements") {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < max_block_items; ++i) words.push_back(std::to_string(i));
  const std::string_view more = "more";
  const std::string long_member(max_block_field_bytes + 1, 'x');
  const std::string_view long_view = long_member;
  REQUIRE(ListEdit(store, "l", find("l"), now).push(ListEnd::back, views_of(words)).outcome ==
          WriteOutcome::done);
  REQUIRE(FieldEdit(store, ValueType::set, "s", find("s"), now).add(views_of(words)).count == 128);
  CHECK_FALSE(is_large("l"));
  CHECK_FALSE(is_large("s"));
  REQUIRE(ListEdit(store, "l", find("l"), now).push(ListEnd::front, {&more, 1}).outcome ==
          WriteOutcome::done);
  REQUIRE(FieldEdit(store, ValueType::set, "s", find("s"), now).add({&more, 1}).count == 1);
  CHECK(is_large("l"));
  CHECK(is_large("s"));
  REQUIRE(FieldEdit(store, ValueType::set, "long", find("long"), now).add({&long_view, 1}).count ==
          1);
  CHECK(is_large("long"));
  REQUIRE(ListEdit(store, "one", find("one"), now).push(ListEnd::front, {&long_view, 1}).outcome ==
          WriteOutcome::done);
  CHECK_FALSE(is_large("one"));
}

TEST_CASE_FIXTURE(Fixture, "what has changed is told, the last element's going as the key's") {
  const std::vector<std::string_view> words = {"a", "b", "a"};
  CHECK(ListEdit(store, "l", find("l"), now).push(ListEnd::front, words).outcome ==
        WriteOutcome::done);
  CHECK(sink.take() == "(; l push-front a; l push-front b; l push-front a; )");
  CHECK(ListEdit(store, "l", find("l"), now).remove_equal("a", 9, false) == 2);
  CHECK(sink.take() == "(; l erase 0 1; l erase 1 1; )");
  ListEdit(store, "l", find("l"), now).erase(0, 1);
  CHECK(sink.take() == "remove l");

  CHECK(FieldEdit(store, ValueType::set, "s", find("s"), now).add(words).count == 2);
  CHECK(sink.take() == "(; s add a; s add b; )");
  CHECK(FieldEdit(store, ValueType::set, "s", find("s"), now).add(words).count == 0);
  CHECK(sink.take() == "");
  CHECK(FieldEdit(store, ValueType::set, "s", find("s"), now).remove(words) == 2);
  CHECK(sink.take() == "remove s");

  const std::vector<std::string_view> pairs = {"f", "1", "f", "2"};
  CHECK(FieldEdit(store, ValueType::hash, "h", find("h"), now).add(pairs).count == 1);
  CHECK(sink.take() == "(; h f=1; h f=2; )");
}

TEST_CASE_FIXTURE(Fixture, "an edit keeps the expiry, a set that is put does not") {
  const std::string_view member = "m";
  CHECK(FieldEdit(store, ValueType::set, "s", find("s"), now).add({&member, 1}).count == 1);
  store.expire("s", now + 100, now);
  const std::string_view other = "n";
  CHECK(FieldEdit(store, ValueType::set, "s", find("s"), now).add({&other, 1}).count == 1);
  CHECK(find("s")->expire_at == now + 100);
  SetBuilder builder(store);
  builder.add("x");
  CHECK(builder.put(store, "s", now) == WriteOutcome::done);
  CHECK(find("s")->expire_at == no_expiry);
  CHECK(FieldView(find("s")).contains("x"));
}

TEST_CASE("a change that finds no memory changes nothing") {
  test::WritingSink sink;
  Store store({.max_memory_bytes = 2 << 20}, sink);
  const std::string big(100'000, 'x');
  const std::string_view value = big;
  const auto find = [&](const char* key) { return store.find(key, now, Lookup::write); };
  WriteOutcome outcome = WriteOutcome::done;
  std::size_t pushed = 0;
  while (outcome == WriteOutcome::done && pushed < 100) {
    outcome = ListEdit(store, "l", find("l"), now).push(ListEnd::back, {&value, 1}).outcome;
    if (outcome == WriteOutcome::done) ++pushed;
  }
  CHECK(outcome == WriteOutcome::out_of_memory);
  CHECK(ListView(find("l")).size() == pushed);
  sink.take();
  CHECK(ListEdit(store, "l", find("l"), now).insert(1, value).outcome ==
        WriteOutcome::out_of_memory);
  CHECK(ListEdit(store, "new", find("new"), now).push(ListEnd::back, {&value, 1}).outcome ==
        WriteOutcome::out_of_memory);
  CHECK(FieldEdit(store, ValueType::set, "set", find("set"), now).add({&value, 1}).outcome ==
        WriteOutcome::out_of_memory);
  CHECK(store.size() == 1);
  CHECK(sink.take() == "");
  CHECK(store.used_memory_bytes() <= 2 << 20);
}

TEST_CASE_FIXTURE(Fixture, "a set builder forgets and keeps what it is told to") {
  for (const int members : {5, 500}) {
    SetBuilder builder(store);
    for (int i = 0; i < members; ++i) builder.add(std::to_string(i));
    builder.add("0");
    builder.remove("1");
    builder.remove("never there");
    CHECK(builder.size() == static_cast<std::size_t>(members - 1));
    CHECK(builder.view().contains("0"));
    CHECK_FALSE(builder.view().contains("1"));
    CHECK(builder.put(store, "built", now) == WriteOutcome::done);
    CHECK(FieldView(find("built")).size() == static_cast<std::size_t>(members - 1));
  }
}

}  // namespace
}  // namespace cachekit::node::storage
