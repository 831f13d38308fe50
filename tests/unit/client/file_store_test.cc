#include "client/topology/file_store.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "client/topology/document_file.h"

namespace cachekit::topology {
namespace {

using namespace std::chrono_literals;

struct StoredFile {
  StoredFile() {
    std::string name = (std::filesystem::temp_directory_path() / "store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    path = folder / "topology.json";
    REQUIRE(write_file(path, to_json(sample())).ok());
  }
  ~StoredFile() { std::filesystem::remove_all(folder); }

  static Topology sample() {
    Topology topology;
    topology.version = 3;
    Shard& shard = topology.shards.emplace_back();
    shard.name = "s";
    shard.primary = "127.0.0.1:7001";
    return topology;
  }

  std::filesystem::path folder;
  std::filesystem::path path;
};

TEST_CASE("a swap succeeds for the version that was read, and gives the next one") {
  const StoredFile file;
  FileStore store(file.path);
  CHECK(store.read() == StoredFile::sample());
  Topology next = StoredFile::sample();
  next.shards[0].epoch = 9;
  CHECK(store.compare_and_swap(2, next) == false);
  CHECK(store.read()->version == 3);
  CHECK(store.compare_and_swap(3, next) == true);
  CHECK(store.read()->version == 4);
  CHECK(store.read()->shards[0].epoch == 9);
}

TEST_CASE("of many who swap the same version one succeeds") {
  const StoredFile file;
  constexpr int writers = 4;
  constexpr int rounds = 50;
  std::atomic<int> swapped{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      FileStore store(file.path);
      while (true) {
        const Topology present = *store.read();
        if (present.version >= 3 + rounds) return;
        if (*store.compare_and_swap(present.version, present)) ++swapped;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(FileStore(file.path).read()->version == 3 + static_cast<std::uint64_t>(swapped));
}

TEST_CASE("a first topology is put where nothing is, and nowhere else") {
  const StoredFile file;
  FileStore store(file.path);
  CHECK(store.create(StoredFile::sample()) == false);
  std::ofstream(file.path) << "something else";
  CHECK(store.create(StoredFile::sample()) == false);
  std::filesystem::remove(file.path);
  CHECK(store.create(StoredFile::sample()) == true);
  CHECK(store.read() == StoredFile::sample());
  CHECK(FileStore(file.folder / "none/topology.json").create({}).error().code() ==
        Code::unavailable);
}

TEST_CASE("what is missing or makes no sense is a failure that names the file") {
  const StoredFile file;
  FileStore store(file.path);
  std::ofstream(file.path) << "{\"version\": 3, \"shards\": [{\"weight\": 1e999}]}";
  CHECK(store.read().error().code() == Code::topology_error);
  CHECK(store.read().error().message().find("topology.json") != std::string::npos);
  CHECK_FALSE(store.compare_and_swap(3, StoredFile::sample()));
  std::filesystem::remove(file.path);
  CHECK(store.read().error().code() == Code::unavailable);
}

TEST_CASE("a wait ends at a change, at its deadline, and when it is interrupted") {
  const StoredFile file;
  FileStore store(file.path);
  FileStore other(file.path);
  bool changed = false;
  const auto wait = [&](io::Duration limit) {
    const io::Time began = io::Clock::now();
    changed = store.wait_for_change(began + limit);
    return io::Clock::now() - began;
  };
  CHECK(wait(20ms) >= 20ms);
  CHECK_FALSE(changed);
  store.wake();
  CHECK(wait(20s) < 10s);
  CHECK_FALSE(changed);
  CHECK(wait(20ms) >= 20ms);
  std::thread writer([&] { (void)other.compare_and_swap(3, StoredFile::sample()); });
  // Reading along tells the change from other events in the folder.
  while (store.read()->version == 3) CHECK(wait(20s) < 20s);
  CHECK(changed);
  writer.join();
  store.interrupt();
  CHECK(wait(20s) < 10s);
}

TEST_CASE("a folder where the file should be cannot be read, and nothing worse") {
  const StoredFile file;
  CHECK(FileStore(file.folder).read().error().code() == Code::unavailable);
  CHECK(FileStore(file.folder).compare_and_swap(3, {}).error().code() == Code::unavailable);
}

TEST_CASE("a link to the file stays one, and both names lead to one topology") {
  const StoredFile file;
  std::filesystem::create_directory(file.folder / "names");
  const std::filesystem::path link = file.folder / "names/link.json";
  std::filesystem::create_symlink(file.path, link);
  FileStore by_link(link);
  FileStore by_path(file.path);
  CHECK(by_link.compare_and_swap(3, StoredFile::sample()) == true);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(by_path.read()->version == 4);
  CHECK(by_path.compare_and_swap(3, StoredFile::sample()) == false);
  CHECK(by_path.compare_and_swap(4, StoredFile::sample()) == true);
  CHECK(by_link.read()->version == 5);
  CHECK(by_link.wait_for_change(io::Clock::now() + 20s));
}

TEST_CASE("a writer that stands still with the lock holds up the others for a while only") {
  const StoredFile file;
  const int held = ::open((file.path.string() + ".lock").c_str(), O_RDWR | O_CREAT, 0600);
  REQUIRE(held >= 0);
  REQUIRE(::flock(held, LOCK_EX) == 0);
  FileStore store(file.path);
  CHECK(store.compare_and_swap(3, StoredFile::sample()).error().code() == Code::unavailable);
  ::close(held);
  CHECK(store.compare_and_swap(3, StoredFile::sample()) == true);
}

TEST_CASE("a folder that was put in the place of the watched one is looked at, if not heard") {
  const StoredFile file;
  std::filesystem::create_directory(file.folder / "inner");
  const std::filesystem::path path = file.folder / "inner/topology.json";
  REQUIRE(write_file(path, to_json(StoredFile::sample())).ok());
  FileStore store(path);
  std::filesystem::rename(file.folder / "inner", file.folder / "old");
  std::filesystem::create_directory(file.folder / "inner");
  CHECK(store.wait_for_change(io::Clock::now() + 20s));  // the folder has gone
  REQUIRE(write_file(path, to_json(StoredFile::sample())).ok());
  CHECK(store.wait_for_change(io::Clock::now() + 20s));
  CHECK(store.read() == StoredFile::sample());
  store.wake();
  CHECK_FALSE(store.wait_for_change(io::Clock::now() + 20s));
}

}  // namespace
}  // namespace cachekit::topology
