#include "cachekit/administration.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "client/topology/document_file.h"

namespace cachekit {
namespace {

// A topology in a file of its own.
class Document {
 public:
  Document() {
    std::string name = (std::filesystem::temp_directory_path() / "topology-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    const Topology topology{.shards = {{.name = "s1", .primary = "h:1"}}};
    REQUIRE(topology::write_file(path(), to_json(topology)).ok());
  }
  ~Document() { std::filesystem::remove_all(folder_); }

  std::filesystem::path path() const { return folder_ / "topology.json"; }
  std::string url() const { return "file://" + path().string(); }
  Topology read() const { return *parse_topology(*topology::read_file(path())); }

 private:
  std::filesystem::path folder_;
};

Shard shard_of(const std::string& name, const std::string& primary) {
  return {.name = name, .primary = primary};
}

TEST_CASE("a first topology is put where none is, if it makes sense") {
  const Document document;
  const Topology first{.shards = {{.name = "a", .primary = "h:1"}}};
  CHECK(create_topology(document.url(), first).code() == Code::invalid_argument);
  std::filesystem::remove(document.path());
  CHECK(create_topology(document.url(), {}).code() == Code::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(document.path()));
  CHECK(create_topology(document.url(), first).ok());
  CHECK(document.read() == first);
  CHECK(create_topology("cachekit://h:1", first).code() == Code::invalid_argument);
}

TEST_CASE("a change is written with the next version, and returned as it was written") {
  const Document document;
  const auto agreed = change_topology(document.url(), [](const Topology& topology) {
    return with_shard(topology, shard_of("s2", "h:2"));
  });
  REQUIRE(agreed);
  CHECK(agreed->version == 2);
  CHECK(agreed->shards.size() == 2);
  CHECK(document.read() == *agreed);
}

TEST_CASE("a change that comes second is made again of what the first has left") {
  const Document document;
  int calls = 0;
  const auto agreed = change_topology(document.url(), [&](const Topology& topology) {
    if (++calls == 1) {
      REQUIRE(change_topology(document.url(), [](const Topology& before) {
        return with_shard(before, shard_of("faster", "h:2"));
      }));
    }
    return with_shard(topology, shard_of("slower", "h:3"));
  });
  REQUIRE(agreed);
  CHECK(calls == 2);
  CHECK(agreed->version == 3);
  REQUIRE(agreed->shards.size() == 3);
  CHECK(agreed->shards[1].name == "faster");
  CHECK(agreed->shards[2].name == "slower");
}

TEST_CASE("a change that always comes second ends") {
  const Document document;
  const auto agreed = change_topology(document.url(), [&](const Topology& topology) {
    REQUIRE(change_topology(document.url(), [](const Topology& same) { return same; }));
    return topology;
  });
  REQUIRE_FALSE(agreed);
  CHECK(agreed.error().code() == Code::unavailable);
  CHECK(agreed.error().message() == "the topology was changed by others 100 times in a row");
}

TEST_CASE("a refused change, or one that nobody could read, leaves the document as it is") {
  const Document document;
  const Topology before = document.read();
  CHECK_FALSE(change_topology(
      document.url(), [](const Topology& topology) { return without_shard(topology, "s1"); }));
  const auto unreadable = change_topology(document.url(), [](const Topology& topology) {
    return with_shard(topology, shard_of("\xff", "h:2"));
  });
  REQUIRE_FALSE(unreadable);
  CHECK(unreadable.error().message() == "a name or an address is no text in UTF-8");
  const auto empty = change_topology(document.url(), [](const Topology&) { return Topology(); });
  REQUIRE_FALSE(empty);
  CHECK(empty.error().code() == Code::invalid_argument);
  CHECK(document.read() == before);
}

TEST_CASE("a URL whose topology nobody can change is refused") {
  const auto same = [](const Topology& topology) { return topology; };
  for (const char* url : {"cachekit://h:1", "redis://h:1", "nonsense"}) {
    const auto changed = change_topology(url, same);
    REQUIRE_FALSE(changed);
    CHECK(changed.error().code() == Code::invalid_argument);
    CHECK(replace_node(url, "h:1", "h:2").error().code() == Code::invalid_argument);
  }
  CHECK(change_topology("file:///no/such/file", same).error().code() == Code::unavailable);
}

TEST_CASE("a replacement that must be refused is refused before anybody hands over") {
  const Document document;
  const Topology before = document.read();
  CHECK(replace_node(document.url(), "h:1", "h:2").error().message() ==
        "'h:1' is the primary of shard 's1', and no replica could take over");
  CHECK(replace_node(document.url(), "h:9", "h:2").error().message() ==
        "the topology has no node 'h:9'");
  CHECK(document.read() == before);
}

}  // namespace
}  // namespace cachekit
