#include "client/local/cluster_record.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace cachekit::local {
namespace {

const ClusterRecord sample{
    "/opt/cachekit-node",
    {"--maxmemory=64mb"},
    {{"s1", "127.0.0.1:7001", {1234, 99'999}}, {"s2", "127.0.0.1:7002", {}}}};

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "record-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST_CASE("a record is read as it was written") {
  CHECK(parse_cluster_record(to_json(sample)) == sample);
}

TEST_CASE("what is no record is an error with a sentence") {
  for (const char* text : {"", "{", "[]", "{\"format\": 2}", "{\"format\": 1, \"nodes\": 5}"}) {
    const auto record = parse_cluster_record(text);
    REQUIRE_FALSE(record);
    CHECK(record.error().code() == Code::topology_error);
    CHECK(record.error().message().starts_with("cluster.json makes no sense: "));
  }
}

TEST_CASE("a file is replaced, nothing else is left, and only its owner may read it") {
  const TemporaryFolder folder;
  const auto path = folder.path / "file.json";
  REQUIRE(write_file(path, "old").ok());
  REQUIRE(write_file(path, "new").ok());
  CHECK(read_file(path) == "new");
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a folder that is not there is named") {
  const Status written = write_file("/no/such/folder/file", "text");
  CHECK(written.message().find("/no/such/folder/file") != std::string::npos);
  CHECK_FALSE(read_file("/no/such/folder/file"));
}

}  // namespace
}  // namespace cachekit::local
