#include "client/topology/document_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace cachekit::topology {
namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "record-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

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
}  // namespace cachekit::topology
